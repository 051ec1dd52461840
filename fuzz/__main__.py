"""`python -m fuzz`: runs the targets under atheris, one process each, for a given time.

Coverage grows in `lab/work/fuzz`, which is not kept. An input that breaks a target is put into `fuzz/cases`, which the tests
run from then on. The targets that look phrases up begin with the phrases' own examples, too.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).resolve().parent
WORK = HERE.parent / "lab" / "work" / "fuzz"
_RUNS = re.compile(r"^(?:#|stat::number_of_executed_units: +)(\d+)", re.MULTILINE)
_MEMORY = re.compile(r"rss: (\d+)Mb|stat::peak_rss_mb: +(\d+)")


_LONGEST = 1024
"""Bytes of an input: enough for a page of some blocks, and thousands of them are tried a second."""

_ROOMS: Mapping[str, tuple[str, ...]] = {
    "decoding": ("reading",),
    "reading": ("reading",),
    "mending": ("reading",),
    "filters": ("filters", "markup"),
    "boilerplate": ("content",),
    "cutting": ("cutting", "ranges"),
    "writing": ("cutting", "ranges", "writing"),
    "cleaning": ("cleaner", "keeping", "selecting", "filters", "content", "cutting", "ranges", "writing"),
}
"""The modules whose coverage guides a target: what it is about. The others run at full speed."""

_WITH_PHRASES = ("filters", "cleaning")
_EXAMPLES_A_SEED = 6


def write_phrases(folder: Path) -> None:
    """The examples of all phrase rules as pages of a few blocks each: no chance would find these words."""
    from dechaff.phraserules import phrase_files  # noqa: PLC0415  # the inner process imports it instrumented

    folder.mkdir(parents=True, exist_ok=True)
    tables = [tomllib.loads(file.read_text("utf-8")) for file in phrase_files()]
    entries = [entry for table in tables for name, some in table.items() if name != "language" for entry in some]
    examples = [text for entry in entries for text in entry["hit"]]
    for number, first in enumerate(range(0, len(examples), _EXAMPLES_A_SEED)):
        some = examples[first : first + _EXAMPLES_A_SEED]
        page = "a" + "\n".join(some) if number % 2 else "0" + "".join(f"<p>{text}" for text in some)
        (folder / f"{number:04}").write_text(page, "utf-8")


class Fuzzed(NamedTuple):
    """What came of one target.

    Attributes:
        runs: how often it was executed.
        megabytes: the most memory that its process held.
        kept: the input that broke it, kept as a case.
    """

    runs: int
    megabytes: int
    kept: Path | None


def fuzz(name: str, *, seconds: int, runs: int) -> Fuzzed:
    """Fuzz one target in a process of its own, until something breaks or the time is over."""
    corpus, crashes, phrases = WORK / name, WORK / "crashes", WORK / "phrases"
    corpus.mkdir(parents=True, exist_ok=True)
    if name in _WITH_PHRASES:
        write_phrases(phrases)
    shutil.rmtree(crashes, ignore_errors=True)
    crashes.mkdir()
    command = [
        sys.executable, "-m", "fuzz", "--inside", name, f"-max_total_time={seconds}", f"-runs={runs}", f"-max_len={_LONGEST}", "-timeout=60",
        "-reload=0", "-rss_limit_mb=2000", f"-dict={HERE / 'tokens.dict'}", f"-artifact_prefix={crashes}{os.sep}", "-print_final_stats=1",
        str(corpus), str(HERE / "seeds"), str(HERE / "cases"), *([str(phrases)] if name in _WITH_PHRASES else []),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603  # our own command
    executed = max([0, *map(int, _RUNS.findall(done.stderr))])
    megabytes = max([0, *(int(a or b) for a, b in _MEMORY.findall(done.stderr))])
    found = next(iter(sorted(crashes.iterdir())), None)
    if found is None:
        if done.returncode:
            print(done.stderr[-3000:], file=sys.stderr)
            raise SystemExit(f"{name}: the fuzzer itself failed")
        return Fuzzed(executed, megabytes, None)
    data = found.read_bytes()
    kept = HERE / "cases" / f"{name}.{hashlib.sha256(data).hexdigest()[:12]}"
    kept.write_bytes(data)
    print(done.stderr[-3000:], file=sys.stderr)
    return Fuzzed(executed, megabytes, kept)


def _inside(name: str, arguments: list[str]) -> None:
    import atheris  # noqa: PLC0415  # an extra, and only the process that fuzzes needs it

    with atheris.instrument_imports(include=[f"dechaff.{room}" for room in _ROOMS[name]]):
        from fuzz import targets  # noqa: PLC0415  # instrumented as it is imported
    for path in targets.inputs(HERE / "seeds"):
        targets.TARGETS[name](path.read_bytes())  # what loads once is loaded, so that no input pays for it
    atheris.Setup([sys.argv[0], *arguments], lambda data: targets.run(name, data))
    atheris.Fuzz()


def main() -> int:
    """Fuzz; 1 if something broke, 2 if atheris is not there."""
    if sys.argv[1:2] == ["--inside"]:
        _inside(sys.argv[2], sys.argv[3:])
        return 0
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed: pip install 'dechaff[fuzz]' (Linux and macOS)", file=sys.stderr)
        return 2
    from fuzz.targets import TARGETS  # noqa: PLC0415  # the inner process imports it instrumented

    parser = argparse.ArgumentParser(prog="python -m fuzz", description=main.__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help="default: all of them")
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together (default: 600)")
    parser.add_argument("--runs", type=int, default=-1, help="at most so many executions of each")
    options = parser.parse_args()
    names = options.targets or list(TARGETS)
    total = broken = 0
    for name in names:
        found = fuzz(name, seconds=max(1, options.seconds // len(names)), runs=options.runs)
        total += found.runs
        broken += found.kept is not None
        what = f"BROKEN by {found.kept}" if found.kept else "nothing broke"
        print(f"{name:12} {found.runs:9,} executions, {found.megabytes:5,} MB  {what}", flush=True)
    print(f"{'all':12} {total:9,} executions, {broken} targets broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
