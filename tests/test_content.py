"""What the learned filter is given and what it makes of it: the counts, the names, the boxes and the network's arithmetic."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dechaff.content import characters, features, network
from dechaff.content.boilerplate import LearnedFilter
from dechaff.content.characters import WORDS_A_BLOCK, Characters
from dechaff.content.features import MARKUP_COLUMNS, OUTLINE_COLUMNS, TEXT_COLUMNS, up_to_the_outermost
from dechaff.content.names import box_pieces, inline_pieces
from dechaff.folding import FoldedText
from dechaff.reading import read
from helpers import page_folders

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dechaff.content.features import Features
    from dechaff.content.network import Network
    from dechaff.page import Page
    from dechaff.reading import Kind

PAGES = [(folder / "page.html").read_bytes() for folder in page_folders() if (folder / "page.html").exists()][:6]
TEXTS = [
    "Rain fell, and fell again!",
    "",
    "2026 © someone@example.org",
    "雨が降った。雨が降った。",
    "WHY? «So» said the heron",
    "",
]


def of(texts: list[str], said: tuple[str, ...] = ()) -> Characters:
    return Characters(FoldedText(texts), said)


def column(page: Page, name: str) -> list[float]:
    found = features.features(page)
    if name in TEXT_COLUMNS:
        values = found.text[:, TEXT_COLUMNS.index(name)]
    else:
        names = MARKUP_COLUMNS if page.kind == "html" else OUTLINE_COLUMNS
        values = found.markup[:, names.index(name)]
    return [round(value, 4) for value in values.tolist()]


def test_characters_are_counted_by_class_in_the_block_that_has_them() -> None:
    found = of(TEXTS)
    assert found.count(characters.LETTER).tolist() == [20, 0, 17, 10, 17, 0]
    assert found.count(characters.DIGIT).tolist() == [0, 0, 4, 0, 0, 0]
    assert found.count(characters.WIDE).tolist() == [0, 0, 0, 10, 0, 0]
    assert found.count(characters.END).tolist() == [1, 0, 1, 2, 1, 0]
    assert found.count(characters.COMMA).tolist() == [1, 0, 0, 0, 0, 0]
    assert found.count(characters.QUOTE).tolist() == [0, 0, 0, 0, 2, 0]
    assert found.count(characters.AT_SIGN).tolist() == [0, 0, 1, 0, 0, 0]
    assert found.words.tolist() == [5, 0, 4, 2, 5, 0]
    assert found.uppers.tolist() == [1, 0, 0, 0, 4, 0]
    assert found.capitals.tolist() == [1, 0, 0, 0, 2, 0]
    assert found.starts_upper.tolist() == [True, False, False, False, True, False]
    assert found.starts(characters.DIGIT).tolist() == [False, False, True, False, False, False]
    assert found.ends(characters.END).tolist() == [True, False, False, True, False, False]


def test_a_block_of_nothing_has_no_characters() -> None:
    found = of([""])
    assert not found.count(characters.LETTER).any()
    assert len(found.hashes) == 0


@pytest.mark.parametrize("size", [1, 7, 40])
def test_pieces_of_the_text_do_not_change_what_is_counted(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*TEXTS, "One very long block that has far more words in it than are ever read of any. " * 4, "x" * 200]
    said = ("a heron said", "Rain again")
    whole = of(texts, said)
    monkeypatch.setattr(characters, "_PIECE", size)
    parts = of(texts, said)
    for number in range(len(characters._CLASSES)):
        assert parts.count(number).tolist() == whole.count(number).tolist()
    for name in ("words", "uppers", "capitals", "starts_upper", "said", "hashes", "hash_blocks"):
        assert getattr(parts, name).tolist() == getattr(whole, name).tolist(), name
    assert np.bincount(whole.hash_blocks).max() == WORDS_A_BLOCK


def test_a_word_has_one_hash_wherever_it_stands_and_another_word_another() -> None:
    long = "a" * 90
    found = of(["heron, heron", f"the heron {long}b", f"Heron {long}c nehor"])
    first, second, third = (found.hashes[found.hash_blocks == number].tolist() for number in range(3))
    assert first[0] == first[1] == second[1] == third[0]
    assert len({second[0], second[1], second[2], third[1], third[2]}) == 5


def test_words_of_a_title_are_counted_in_each_block_and_others_are_not() -> None:
    found = of(["Herons in the rain", "The rain, the rain", "Nothing of it"], ("Rain: the herons", "", "the the"))
    assert list(found.said_words) == [3, 0, 1]
    assert found.said.tolist() == [[3, 4, 0], [0, 0, 0], [1, 2, 0]]


def test_what_is_added_up_the_tree_is_of_a_box_and_all_around_it() -> None:
    generator = np.random.default_rng(1)
    deep = np.arange(-1, 500)
    wide = np.array([-1, *(int(generator.integers(0, number)) for number in range(1, 300)), -1])
    for parent in (deep, wide):
        values = generator.integers(0, 9, (len(parent), 3))
        wanted = values.copy()
        for number, around in enumerate(parent.tolist()):
            if around >= 0:
                wanted[number] += wanted[around]
        assert (up_to_the_outermost(np.add, values, parent) == wanted).all()
    assert up_to_the_outermost(np.add, np.ones(2), np.array([-1, -1])).tolist() == [1, 1]


def test_a_block_is_in_the_data_if_its_first_forty_characters_stand_there_at_any_place() -> None:
    line = "The heron stands in the river and waits for the rain to end."
    for before in range(20):
        data = '{"articleBody": "' + "-" * before + line + '"}'
        other = line[:39] + "!" + line[40:]
        html = f"<script type='application/ld+json'>{data}</script><p>{line}</p><p>{other}</p><p>{line[:30]}</p>"
        assert column(read(html, kind="html"), "in_data") == [1, 0, 0]


def test_the_way_to_the_headline_is_counted_in_boxes() -> None:
    html = (
        "<title>The heron waits</title><body><article><div><h1>The heron waits</h1></div><p>It rained.</p></article>"
        "<nav><p>Home</p></nav></body>"
    )
    page = read(html, kind="html")
    up = [round(float(np.expm1(value))) for value in column(page, "headline_up")]
    down = [round(float(np.expm1(value))) for value in column(page, "headline_down")]
    boxes = page.boxes
    ways = [[box.index for box in page.ancestors(block)] for block in page.blocks]
    for way, above, below in zip(ways, up, down, strict=True):
        shared = next(number for number in ways[0] if number in way)
        assert above == ways[0].index(shared)
        assert below == way.index(shared)
    assert column(page, "in_headline_article") == [1, 1, 0]
    assert column(page, "in_nav") == [0, 0, 1]
    assert boxes[page.blocks[0].box].tag == "h1"


MARKDOWN = """# The heron waits

- [Home](/)
- [Prices](https://example.org/prices) today

It rained, and the [heron](/heron) waited.

```
wait(1)
```
"""


def test_markdown_tells_what_its_blocks_are_and_where_their_links_lead() -> None:
    page = read(MARKDOWN, kind="markdown")
    assert column(page, "link_density") == [0, 1, 6 / 12, round(5 / 32, 4), 0]
    assert column(page, "fully_linked") == [0, 1, 0, 0, 0]
    assert column(page, "is_h1") == [1, 0, 0, 0, 0]
    assert column(page, "kind_heading") == [1, 0, 0, 0, 0]
    assert column(page, "kind_item") == [0, 1, 1, 0, 0]
    assert column(page, "kind_code") == [0, 0, 0, 0, 1]
    assert column(page, "href_root") == [0, 1, 0, 1, 0]
    assert column(page, "href_absolute") == [0, 0, 1, 0, 0]


def test_a_text_tells_nothing_of_the_kind() -> None:
    page = read(MARKDOWN, kind="text")
    assert features.features(page).markup.shape == (len(page.blocks), len(OUTLINE_COLUMNS))
    assert not features.features(page).markup.any()


def test_the_lines_between_the_blocks_of_markdown_are_counted() -> None:
    ends = [round(float(np.expm1(value))) for value in column(read(MARKDOWN, kind="markdown"), "gap_before")]
    assert ends == [0, 2, 1, 2, 2]


def plainly(net: Network, page: Page, found: Features, *, headline: bool) -> NDArray[np.float64]:
    """The scores by the arithmetic of `lab/net.py`, one step after the other."""
    w: dict[str, NDArray[np.float64]] = {
        name: array.astype(np.float64) for name, array in net.weights.items() if name != "word_keys"
    }
    n = len(page.blocks)

    def relu(values: Any) -> Any:
        return np.maximum(values, 0)

    def linear(values: Any, name: str) -> Any:
        return values @ w[f"{name}.weight"] + w[f"{name}.bias"]

    def embedded(table: str, ids: list[int]) -> Any:
        return w[table][ids].sum(0)

    numeric = np.concatenate([found.text, found.markup], axis=1).astype(np.float64)
    numeric = np.clip((numeric - w["mean"]) * w["inverse_scale"], -6, 6)
    word_ids = {int(key): number for number, key in enumerate(net.weights["word_keys"].tolist(), 1)}
    words: list[list[int]] = [[] for _ in range(n)]
    for key, block in zip(found.words.tolist(), found.word_blocks.tolist(), strict=True):
        if key in word_ids:
            words[block].append(word_ids[key])
    parts = [numeric, np.full((n, 1), 0.0 if headline else 1.0), [embedded("words.weight", ids) for ids in words]]
    if net.markup:
        ids = [[net.piece_ids[piece] for piece in box_pieces(box) if piece in net.piece_ids] for box in page.boxes]
        around = [[number for box in page.ancestors(block) for number in ids[box.index]] for block in page.blocks]
        inline = [[net.piece_ids[p] for p in inline_pieces(block) if p in net.piece_ids] for block in page.blocks]
        parts += [
            [embedded("own.weight", ids[block.box]) for block in page.blocks],
            [0.3 * embedded("chain.weight", one) for one in around],
            [embedded("inline.weight", one) for one in inline],
        ]
    h = relu(linear(np.concatenate([np.asarray(part) for part in parts], axis=1), "entry"))
    h = h + relu(linear(np.concatenate([h.mean(0), h.max(0)]), "page_in"))
    for level in range(net.box_levels if net.markup else 0):
        ranges = zip(found.ranges[0][level], found.ranges[1][level], strict=True)
        h = h + relu(linear(np.array([h[first:last].mean(0) for first, last in ranges]), f"boxes.{level}"))
    for number, dilation in enumerate(net.dilations):
        padded = np.pad(h, ((dilation, dilation), (0, 0)))
        seen = np.concatenate([padded[:n], h, padded[2 * dilation :]], axis=1)
        h = h + linear(relu(linear(seen, f"convolutions.{number}")), f"mixers.{number}")
    return np.asarray(1 / (1 + np.exp(-linear(h, "leave")[:, 0])))


@pytest.mark.parametrize("piece", [5, 512])
@pytest.mark.parametrize("kind", ["html", "text", "markdown"])
def test_the_network_does_the_arithmetic_that_it_was_trained_with(
    kind: Kind, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "_PIECE", piece)
    net = network.network("html" if kind == "html" else "text")
    sources = (*PAGES[:2], b"<p>Rain.</p>") if kind == "html" else (MARKDOWN, "Rain.")
    for source in sources:
        page = read(source, kind=kind)
        found = features.features(page)
        for headline in (True, False):
            scores = net.run(page, found, headline=headline)
            assert np.abs(scores - plainly(net, page, found, headline=headline)).max() < 1e-4
            assert (scores == net.scores(page, headline=headline)).all()
        assert len(page.blocks) < 5 or np.abs(net.run(page, found, headline=True) - scores).max() > 1e-4


def test_runs_of_blocks_that_go_are_told_with_their_mean_score() -> None:
    """As a block at a time tells them."""
    for html in PAGES:
        page = read(html, kind="html")
        learned = LearnedFilter()
        cuts = list(learned.find(page))
        scores = learned.scores(page)
        gone = {number for cut in cuts for number in range(cut.first, cut.last)}
        for cut in cuts:
            assert cut.first - 1 not in gone
            assert cut.last not in gone
            mean = float(scores[cut.first : cut.last].mean())
            assert abs(cut.confidence - (1 - mean)) < 1e-4
            assert abs(float(cut.rule.removeprefix("score ")) - mean) < 0.006


def peak(html: str) -> tuple[int, int]:
    """How much memory scoring takes at its highest, beside the page, and how many blocks the page has."""
    page = read(html, kind="html")
    _ = page.folded
    net = network.network("html")
    net.scores(read(PAGES[0], kind="html"), headline=True)
    tracemalloc.start()
    try:
        net.scores(page, headline=True)
        return tracemalloc.get_traced_memory()[1], len(page.blocks)
    finally:
        tracemalloc.stop()


MOST_BYTES = 2000
"""For each block, of small pages and of large ones: 184 columns of 4 bytes, two tables of 96, and what little is made on the way."""


def test_the_memory_that_scores_take_grows_with_the_blocks_and_no_faster() -> None:
    cells = [peak("<table>" + f"<tr>{'<td>7</td>' * 5}</tr>" * rows + "</table>") for rows in (2000, 4000)]
    nested = peak("<div>rain" * 200 + "<p>It rained all day.</p>" * 9800)
    for most, blocks in (*cells, nested):
        assert blocks >= 9000
        assert most / blocks < MOST_BYTES
    assert cells[1][0] / cells[1][1] < 1.2 * cells[0][0] / cells[0][1]
