"""Many files and folders into one folder: the layout is kept, each file is written whole or not at all."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dechaff.batch import Item
from dechaff.cli.common import PAGE_SUFFIXES, files_in, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dechaff.cleaner import Cleaner
    from dechaff.cli.learn import SitesOfFiles
    from dechaff.page import Cleaned

SUFFIXES = {"text": ".txt", "markdown": ".md", "html": ".html", "records": ".json"}
"""By the form of the output, how a file's name ends."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be cleaned: each source with the file to write, and what was passed by."""

    pairs: list[tuple[Path, Path]]
    problems: list[str]
    others: int


def plan(names: Sequence[str], out_dir: Path, suffix: str) -> Plan:
    """Which file goes where. Nothing is read or written.

    A file from a folder keeps its place below that folder; a file that is named comes to lie in `out_dir` itself.
    """
    pairs: list[tuple[Path, Path]] = []
    problems: list[str] = []
    others = 0
    targets: dict[Path, Path] = {}
    found: list[tuple[Path, Path]] = []
    away = out_dir.resolve()
    for name in names:
        path = Path(name)
        if not path.is_dir():
            found.append((path, Path(path.name)))
            continue
        files = list(files_in(path, away))
        wanted = [file for file in files if file.suffix.lower() in PAGE_SUFFIXES]
        others += len(files) - len(wanted)
        found += [(file, file.relative_to(path)) for file in wanted]
    inputs = {source.resolve() for source, _ in found}
    for source, relative in found:
        target = out_dir / relative.with_suffix(suffix)
        key = target.resolve()
        if key in targets:
            if targets[key].resolve() != source.resolve():
                problems.append(
                    f"{source}: it would be written to {target}, as {targets[key]} is; give it a folder of its own"
                )
        elif key in inputs:
            problems.append(f"{source}: it would be written to {target}, which is an input; take another --out-dir")
        else:
            targets[key] = source
            pairs.append((source, target))
    return Plan(pairs, problems, others)


def clean_into(
    cleaner: Cleaner,
    names: Sequence[str],
    out_dir: Path,
    *,
    suffix: str,
    jobs: int | None,
    render: Callable[[str, Cleaned], bytes],
    learn_sites: bool = False,
) -> int:
    """Clean files and folders into a folder; returns the exit code.

    Args:
        cleaner: cleans.
        names: files and folders.
        out_dir: where to; made if it is not there.
        suffix: how the names of the written files end.
        jobs: how many processes.
        render: what is written of a source: its name and result into bytes.
        learn_sites: first learn what the sources of one site have in common.
    """
    planned = plan(names, out_dir, suffix)
    for problem in planned.problems:
        say(problem)
    sites = None
    if learn_sites:
        from dechaff.cli.learn import SitesOfFiles  # noqa: PLC0415  # only where sites are learned

        sites = SitesOfFiles(cleaner, [str(source) for source, _ in planned.pairs])
        cleaner = sites.cleaner
    failed = len(planned.problems)
    unread: dict[Path, str] = {}
    with _progress(len(planned.pairs)) as bar:
        results = cleaner.clean_many(_items(planned.pairs, unread, sites), jobs=jobs)
        for (source, target), cleaned in zip(planned.pairs, results, strict=True):
            error = unread.pop(source, None) or cleaned.error
            if error is None:
                for warning in cleaned.warnings:
                    bar.say(f"{source}: {warning}")
                try:
                    _write(target, render(str(source), cleaned))
                except OSError as problem:
                    error = f"{target} could not be written: {problem.strerror or problem}"
            if error is not None:
                failed += 1
                bar.say(f"{source}: {error}")
            bar.update()
    done = len(planned.pairs) + len(planned.problems) - failed
    parts = [f"{done:,} cleaned", *([f"{failed:,} failed"] if failed else [])]
    if planned.others:
        kinds = "1 file of another kind" if planned.others == 1 else f"{planned.others:,} files of other kinds"
        parts.append(f"{kinds} passed by")
    say(", ".join(parts))
    return 1 if failed else 0


def _items(pairs: Sequence[tuple[Path, Path]], unread: dict[Path, str], sites: SitesOfFiles | None) -> Iterator[Item]:
    for source, _ in pairs:
        try:
            yield Item(source.read_bytes(), site=sites.of(str(source)) if sites else "")
        except OSError as error:
            unread[source] = f"{error.strerror or error}; nothing was cleaned from it"
            yield Item(b"")


def _write(target: Path, data: bytes) -> None:
    """Write a file whole or not at all: a reader sees the old one or the new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise


class _Bar:
    """A progress bar, or where there is none only its lines."""

    def __init__(self, bar: Any = None) -> None:
        self._bar = bar

    def update(self) -> None:
        """One more is done."""
        if self._bar is not None:
            self._bar.update()

    def say(self, message: str) -> None:
        """A line to the person at the terminal, above the bar."""
        with self._bar.external_write_mode(file=sys.stderr) if self._bar is not None else nullcontext():
            say(message)


@contextmanager
def _progress(total: int) -> Iterator[_Bar]:
    """A progress bar on a terminal, with `dechaff[progress]` installed; else none."""
    if not sys.stderr.isatty():
        yield _Bar()
        return
    try:
        from tqdm import tqdm  # noqa: PLC0415  # an extra
    except ImportError:
        yield _Bar()
        return
    with tqdm(total=total, unit="file", file=sys.stderr, leave=False) as bar:
        yield _Bar(bar)
