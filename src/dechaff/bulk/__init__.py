"""Many pages at once, on Daft: `dechaff-bulk IN… --out DIR`, and `clean_files` for Python.

`reading.py` streams files into batches of pages, `work.py` cleans them, `shards.py` writes what came of it and knows what is
done; `run.py` puts them into one Daft query. Parallelism, memory and the cluster are Daft's.
"""

import os
import sys

# Daft looks at these when it is imported. It reports imports and runs to its makers unless told not to; dechaff makes no
# connections that nobody asked for. Its progress bar belongs on a terminal.
os.environ.setdefault("DO_NOT_TRACK", "true")
os.environ.setdefault("DAFT_PROGRESS_BAR", "1" if sys.stderr.isatty() else "0")

try:
    from dechaff.bulk.run import Summary, clean_files
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"dechaff.bulk needs {missing.name}: pip install 'dechaff[bulk]'", name=missing.name
    ) from missing

__all__ = ["Summary", "clean_files"]
