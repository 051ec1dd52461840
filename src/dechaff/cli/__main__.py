"""`python -m dechaff.cli`."""

import sys

from dechaff.cli import main

sys.exit(main())
