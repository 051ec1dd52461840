"""`python -m fuzz`: runs the targets under atheris, one process each, for a given time.

Coverage grows in `lab/work/fuzz`, which is not kept. An input that breaks a target is put into `fuzz/cases`, which the tests
run from then on.
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
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE.parent / "lab" / "work" / "fuzz"
_RUNS = re.compile(r"^#(\d+)", re.MULTILINE)


def fuzz(name: str, *, seconds: int, runs: int) -> tuple[int, Path | None]:
    """One target in a process of its own: how often it was run, and the input that broke it, kept as a case."""
    corpus, crashes = WORK / name, WORK / "crashes"
    corpus.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(crashes, ignore_errors=True)
    crashes.mkdir()
    command = [
        sys.executable, "-m", "fuzz", "--inside", name, f"-max_total_time={seconds}", f"-runs={runs}", "-max_len=6000", "-timeout=60",
        "-rss_limit_mb=2000", f"-dict={HERE / 'tokens.dict'}", f"-artifact_prefix={crashes}{os.sep}", "-print_final_stats=1",
        str(corpus), str(HERE / "seeds"), str(HERE / "cases"),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603  # our own command
    executed = max([0, *map(int, _RUNS.findall(done.stderr))])
    found = next(iter(sorted(crashes.iterdir())), None)
    if found is None:
        if done.returncode:
            print(done.stderr[-3000:], file=sys.stderr)
            raise SystemExit(f"{name}: the fuzzer itself failed")
        return executed, None
    data = found.read_bytes()
    kept = HERE / "cases" / f"{name}.{hashlib.sha256(data).hexdigest()[:12]}"
    kept.write_bytes(data)
    print(done.stderr[-3000:], file=sys.stderr)
    return executed, kept


def _inside(name: str, arguments: list[str]) -> None:
    import atheris  # noqa: PLC0415  # an extra, and only the process that fuzzes needs it

    with atheris.instrument_imports(include=["dechaff"]):
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
        executed, kept = fuzz(name, seconds=max(1, options.seconds // len(names)), runs=options.runs)
        total += executed
        broken += kept is not None
        print(f"{name:22} {executed:9,} executions  {f'BROKEN by {kept}' if kept else 'nothing broke'}", flush=True)
    print(f"{'all':22} {total:9,} executions, {broken} targets broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
