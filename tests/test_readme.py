"""What the README shows is what happens."""

from __future__ import annotations

import doctest

from helpers import ROOT


def test_the_readmes_examples_run() -> None:
    done = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert done.attempted >= 5
    assert done.failed == 0
