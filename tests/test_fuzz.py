"""The fuzz targets on their seeds, on every input that once broke one, and on a few hundred changed seeds.

The long runs are `make fuzz`'s, which is guided by coverage; here the changes are random, from a fixed seed.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fuzz import targets

HERE = Path(targets.__file__).parent
SEEDS = targets.inputs(HERE / "seeds")
CASES = targets.inputs(HERE / "cases")
TOKENS = [
    line[1:-1].encode("latin-1").decode("unicode_escape").encode("latin-1")
    for line in (HERE / "tokens.dict").read_text("latin-1").splitlines()
    if line.startswith('"')
]
CHANGED = 60
"""Changed seeds a target: 18 targets take about 4 s."""


def changed(data: bytes, rng: random.Random) -> bytes:
    """Some bytes taken out, some tokens put in, a part doubled or turned around."""
    for _ in range(rng.randint(1, 6)):
        place = rng.randint(0, len(data))
        other = min(len(data), place + rng.randint(0, 40))
        data = data[:place] + rng.choice((
            b"", rng.choice(TOKENS), rng.randbytes(rng.randint(1, 4)), data[place:other] * 2, data[place:other][::-1], rng.choice(TOKENS) * 9,
        )) + data[rng.choice((place, other)) :]  # fmt: skip
    return data[:4000]


@pytest.mark.parametrize("name", targets.TARGETS)
def test_seeds_cases_and_changed_seeds(name: str) -> None:
    for path in (*SEEDS, *CASES):
        targets.TARGETS[name](path.read_bytes())
    rng = random.Random(name)
    for _ in range(CHANGED):
        targets.TARGETS[name](changed(rng.choice(SEEDS).read_bytes(), rng))


def test_a_broken_target_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cut that takes a protected block, a filter that changes the page."""

    def eat(page: object, _outcome: object) -> str:
        assert page
        return "something nobody wrote"

    monkeypatch.setattr(targets, "write_text", eat)
    with pytest.raises(AssertionError):
        targets.fuzz_writing((HERE / "seeds" / "plain.txt").read_bytes())
    monkeypatch.setattr(targets, "SLOW", -1.0)
    with pytest.raises(targets.SlowError):
        targets.run("reading", b"0<p>a")
