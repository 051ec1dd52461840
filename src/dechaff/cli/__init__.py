"""The command: `dechaff < page.html > page.txt`, and its subcommands.

`filtering.py` is the command itself. A subcommand is a module here with `run(arguments) -> int`, named in `COMMANDS`.
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BROKEN_PIPE = 141
"""128 + SIGPIPE: what a shell reports of a command whose reader went away."""

COMMANDS: Mapping[str, str] = {
    "why": "why some words went or stayed",
    "diff": "which blocks change hands between two settings or two versions of a page",
    "learn": "learn what the pages of a site have in common",
}
"""The subcommands by name, with one line on each. A file of such a name is written `./name`."""


_COLLECTED_EVERY = 200_000
"""Objects made between two looks for garbage. What loads for the first page stays, and a page leaves next to none: with Python's
own 700 they took a tenth of the time in which one page is cleaned."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code. Without arguments it is the process's own command, and takes those of the process."""
    if arguments is None:
        arguments = sys.argv[1:]
        gc.set_threshold(_COLLECTED_EVERY)
        # A network runs on one thread (`content/arithmetic.py`); to start the others takes as long as to clean a page.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    given = list(arguments)
    name = given.pop(0) if given and given[0] in COMMANDS else "filtering"
    try:
        return int(import_module(f"dechaff.cli.{name}").run(given))
    except BrokenPipeError:
        # What is still buffered has nowhere to go; without this the interpreter complains when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return 130
