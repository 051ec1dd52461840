"""Sites that are made up: pages of five templates with a known truth, from our own words and a seed.

What makes learning a site hard is in them: menus that change, advertisements that rotate, counters and dates that differ from
page to page, a template that is replaced half-way; and as traps what recurs and is content all the same: a series' standing
introduction, a quotation that several articles open with, the units of recipes, the signatures of a forum.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WHO = """the lock keeper|a retired surveyor|the school's cook|our neighbour|the younger clerk|a ferry pilot|the glass blower|
the night porter|a travelling vet|the parish council|her oldest pupil|the wool buyer|a bridge inspector|the new baker|
their landlady|the tide reader|a lamp maker|the choir's tenor|the reed cutter|an apprentice mason""".replace(
    "\n", ""
).split("|")
_DID = """counted|repaired|painted over|carried home|forgot|described|sold|measured twice|hid behind the stove|traded away|
mended with wire|argued about|photographed|gave back|buried|lent to strangers|weighed|drew on the wall|borrowed|polished""".replace(
    "\n", ""
).split("|")
_WHAT = """the copper kettle|a box of sea charts|eleven wooden chairs|the harbour bell|a cracked barometer|the mill's ledger|
two lengths of rope|the unripe quinces|a pair of snowshoes|the church's spare key|a basket of eels|the torn sail|
a jar of nails|the widow's bicycle|an unsigned letter|the yellow lantern|a cart of peat|the weather vane|a stack of slates|
the carved spoon""".replace("\n", "").split("|")
_WHERE = """below the weir|in the attic of the inn|on the road to the quarry|beside the slow canal|at the edge of the orchard|
behind the signal box|under the market hall|near the old ropewalk|in a shed full of bees|on the far side of the marsh|
by the tannery gate|at the foot of the lighthouse""".replace("\n", "").split("|")
_WHEN = """before the first frost|on a wet Tuesday|while the band was playing|after the long strike|in the year of the flood|
when nobody was looking|as the tide went out|during the hottest week|an hour before supper|the day the bridge closed""".replace(
    "\n", ""
).split("|")
_BUT = """, although the price had doubled|, and never spoke of it again|, to the surprise of the whole street|, which took most of a month|
, because the vicar had asked for it|, for reasons that the records do not give|, with help from two cousins|, and was thanked for it in writing""".replace(
    "\n", ""
).split("|")
_SHOUTS = """Garden chairs from Halden: now with cushions|Ostler & Daughters, boots resoled while you wait|Try the new pear cider from Lowmoor|
Win a weekend on the canal|Brandt kettles boil in half the time|Your roof checked free this spring|Fresh oysters by post on Fridays|
Learn the accordion in ten evenings|Warm socks for cold boats|The Lowmoor almanac is out now""".replace("\n", "").split(
    "|"
)
_MENU = """Harbour|Markets|Weather|Letters|Gardening|Chess|Obituaries|Boats|Kitchen|Walks|Music|Puzzles|Schools|Property|Farming|Archive""".split(
    "|"
)
_NAMES = """Odile Marchetti|Tomas Brandvold|Wren Abernathy|Isidor Quell|Hanne Lofthus|Bettina Oyelaran|Jory Pascoe|Mirela Stoica|
Casper Dunmore|Yusra Haddad|Lennart Vide|Agnes Tolliver""".replace("\n", "").split("|")
_MONTHS = ("January", "March", "April", "June", "August", "October", "November")
_FOOD = """oatmeal|brown sugar|goat's cheese|chopped leeks|plain flour|smoked haddock|pearl barley|dried apricots|buttermilk|
mustard seed|rye crumbs|walnuts|beetroot|honey|chestnuts|parsnips|duck fat|juniper berries|cream|sorrel""".replace(
    "\n", ""
).split("|")
_UNITS = ("2 cups", "1 tbsp", "3 tsp", "1 cup", "200 g", "half a pound of", "a pinch of")
_SALT = ("1 tsp salt", "2 eggs, beaten", "1 tbsp butter")
_SIGNATURES = {
    "reedcutter": "May your thatch be dry and your kettle never empty.",
    "old_moll": "Keeper of nine goats and one very patient husband since the big flood.",
    "tarbarrel": "A boat is a hole in the water into which one pours tar and years.",
    "quayside": "I never met a knot that I did not undo with a knife.",
    "ninefingers": "Ask me how I lost the tenth one, and then buy me a pie.",
    "eelwife": "Smoke them slowly and do not tell the bailiff where you were.",
    "barnacle": "Whoever scrapes the hull on Sunday sails the fastest on Monday morning.",
    "lockside": "The gate opens at six, and so does the keeper's other eye.",
    "peatcart": "Slow wheels, warm hearths, and a donkey with opinions of her own.",
}


@dataclass
class MadePage:
    """A page with its truth.

    Attributes:
        html: the page.
        content: the texts that a person came to read, in order; the traps are among them.
        traps: those of `content` that also stand on other pages of the site.
        template: the texts that belong to the site.
    """

    url: str
    html: str = ""
    content: list[str] = field(default_factory=list)
    traps: list[str] = field(default_factory=list)
    template: list[str] = field(default_factory=list)


class _Words:
    """Prose from a seed; no sentence twice."""

    def __init__(self, seed: int, page: int) -> None:
        self.random = random.Random(f"{seed}:{page}")  # noqa: S311  # made-up pages need no secrets
        self.number = page

    def sentence(self) -> str:
        pick = self.random.choice
        said = [pick(_WHO), pick(_DID), pick(_WHAT), pick(_WHERE), pick(_WHEN)]
        if self.random.random() < 0.4:
            said = [said[4] + ",", *said[:4]]
        text = " ".join(said) + (pick(_BUT) if self.random.random() < 0.5 else "")
        return text[0].upper() + text[1:] + "."

    def paragraph(self, fewest: int = 2, most: int = 5) -> str:
        return " ".join(self.sentence() for _ in range(self.random.randint(fewest, most)))

    def title(self) -> str:
        pick = self.random.choice
        text = f"{pick(_WHO)} and {pick(_WHAT)} {pick(_WHERE)}"
        return text[0].upper() + text[1:]

    def date(self) -> str:
        return f"{self.random.randint(1, 28)} {self.random.choice(_MONTHS)} {self.random.randint(2019, 2026)}"


class _Writer:
    """Markup and truth, written together."""

    def __init__(self, page: MadePage) -> None:
        self.page = page
        self.parts: list[str] = []

    def open(self, tag: str, name: str = "") -> None:
        self.parts.append(f'<{tag} class="{name}">' if name else f"<{tag}>")

    def close(self, *tags: str) -> None:
        self.parts += [f"</{tag}>" for tag in tags]

    def _element(self, tag: str, text: str, name: str, link: str) -> None:
        inner = f'<a href="{link}">{escape(text)}</a>' if link else escape(text)
        self.parts.append(f'<{tag} class="{name}">{inner}</{tag}>\n' if name else f"<{tag}>{inner}</{tag}>\n")

    def content(self, tag: str, text: str, name: str = "", *, trap: bool = False) -> None:
        self._element(tag, text, name, "")
        self.page.content.append(text)
        if trap:
            self.page.traps.append(text)

    def template(self, tag: str, text: str, name: str = "", link: str = "") -> None:
        self._element(tag, text, name, link)
        self.page.template.append(text)

    def done(self, title: str) -> None:
        body = "".join(self.parts)
        self.page.html = (
            f"<!doctype html><html lang=en><head><title>{escape(title)}</title></head><body>\n{body}</body></html>"
        )


def _menu(out: _Writer, words: _Words, name: str) -> None:
    """A menu of nine entries, some of which change from page to page."""
    out.open("div", name)
    out.open("ul")
    for entry in [*_MENU[:6], *words.random.sample(_MENU[6:], 3)]:
        out.template("li", entry, link=f"/{entry.lower()}")
    out.close("ul", "div")


def _advertisement(out: _Writer, words: _Words, name: str) -> None:
    out.open("div", name)
    out.template("p", words.random.choice(_SHOUTS))
    out.close("div")


def _titles(out: _Writer, words: _Words, name: str, head: str) -> None:
    """A list of links to other pages; most stand on one page only."""
    out.open("div", name)
    out.template("h4", head)
    out.open("ul")
    for _ in range(4):
        out.template("li", words.title(), link="/story")
    out.close("ul", "div")


_QUOTATION = "We do not inherit the river from our parents, we borrow it from the eels."
_SERIES = (
    "This article belongs to our series on forgotten trades, for which a writer spends a day each month with somebody "
    "whose work is about to disappear."
)


def news(page: MadePage, words: _Words) -> None:
    """A newspaper whose class names are a build's; every third article opens with its series' introduction."""
    out = _Writer(page)
    title = words.title()
    _menu(out, words, "c-a81")
    out.template("p", "The Lowmoor Heron, printed on the quay since 1871", "c-b02")
    out.open("div", "c-main")
    out.content("h1", title)
    out.template("p", f"Published {words.date()}", "c-d7")
    out.template("p", f"{words.random.randint(2, 9)} minutes of reading", "c-d7")
    out.open("div", "c-text")
    if words.number % 3 == 0:
        out.content("p", _SERIES, trap=True)
    if words.number % 4 == 1:
        out.content("blockquote", _QUOTATION, trap=True)
    for number in range(words.random.randint(5, 8)):
        out.content("p", words.paragraph())
        if number in (1, 3):
            _advertisement(out, words, "c-x9")
    out.close("div")
    out.template(
        "p", "Do you know more about this story than we do? The desk reads every letter that comes in by boat.", "c-e3"
    )
    out.close("div")
    _titles(out, words, "c-f4", "From the same quay")
    out.open("div", "c-z1")
    out.template("p", "The Heron belongs to the forty people who write, print and carry it, and to nobody else.")
    out.template("p", f"Lowmoor Printing Society, volume {words.random.randint(100, 160)}")
    out.close("div")
    out.done(title)


def blog(page: MadePage, words: _Words) -> None:
    """A diary; half-way through it gets another template."""
    out = _Writer(page)
    title = words.title()
    late = words.number % 2 == 1
    side, text, foot = ("aside-b", "prose", "colophon") if late else ("s2", "t1", "f0")
    if late:
        _menu(out, words, "top")
    out.template("p", "Letters from a narrow boat" if late else "Notes of a lock keeper, kept in pencil", "name")
    out.open("div", text)
    out.content("h1", title)
    out.template("p", f"Written on {words.date()} by {words.random.choice(_NAMES)}", "when")
    for _ in range(words.random.randint(4, 7)):
        out.content("p", words.paragraph())
    if words.number % 3 == 2:
        out.content("blockquote", _QUOTATION, trap=True)
        out.content("p", words.paragraph())
    out.close("div")
    out.open("div", side)
    out.template("h4", "The boat")
    out.template("p", "She was built for coal in 1908 and has been leaking, on and off, ever since.")
    _advertisement(out, words, "box")
    out.close("div")
    _titles(out, words, f"{side}-more", "Older letters")
    out.open("div", foot)
    out.template("p", f"{words.random.randint(0, 90)} people have answered this letter")
    out.template("p", "Written slowly, sent by whoever passes the lock.")
    out.close("div")
    out.done(title)


def recipes(page: MadePage, words: _Words) -> None:
    """A cook's site: the ingredients recur, and stay."""
    out = _Writer(page)
    food = words.random.sample(_FOOD, 7)
    title = f"{food[0]} with {food[1]} and {food[2]}".capitalize()
    _menu(out, words, "m")
    out.open("div", "r")
    out.content("h1", title)
    out.template("p", f"Cooked {words.random.randint(3, 400)} times by our readers", "n")
    out.content("p", words.paragraph())
    out.content("h2", "Ingredients", trap=True)
    out.open("ul", "i")
    for name in food:
        out.content("li", f"{words.random.choice(_UNITS)} {name}")
    for line in words.random.sample(_SALT, 2):
        out.content("li", line, trap=True)
    out.close("ul")
    out.content("h2", "Method", trap=True)
    out.open("ol", "w")
    for _ in range(5):
        out.content("li", words.paragraph(1, 3))
    out.close("ol", "div")
    out.open("div", "b")
    out.template("p", "All weights are for a stove that is fed with beech. Yours may be hotter.")
    _advertisement(out, words, "k")
    out.template("p", "Cook's Locker is kept by three sisters in a kitchen above the chandler's shop.")
    out.close("div")
    out.done(title)


def forum(page: MadePage, words: _Words) -> None:
    """A board: many posts a page, each with a head, and a signature that recurs and stays."""
    out = _Writer(page)
    title = words.title()
    _menu(out, words, "bar")
    out.template("p", "You are at the Tar Barrel, where boats are talked to death", "where")
    out.content("h1", title)
    for _ in range(5):
        name = words.random.choice(list(_SIGNATURES))
        out.open("div", "post")
        out.open("div", "head")
        out.template("p", name)
        out.template("p", f"{words.random.randint(10, 9000)} posts")
        out.template("p", "Mooring fee paid")
        out.close("div")
        out.open("div", "said")
        out.content("p", words.paragraph())
        out.content("p", words.paragraph())
        out.content("p", _SIGNATURES[name], "sig", trap=True)
        out.close("div", "div")
    out.open("div", "end")
    out.template("p", "The harbour master reads everything and answers on Thursdays.")
    out.template("p", f"{words.random.randint(3, 60)} boats are reading this page")
    out.close("div")
    out.done(title)


def manual(page: MadePage, words: _Words) -> None:
    """A handbook: a tree of pages at the side, code that recurs in the text."""
    out = _Writer(page)
    title = words.title()
    out.open("table")
    out.open("tr")
    out.open("td")
    for entry in [*_MENU[4:12], *words.random.sample(_MENU[:4], 2)]:
        out.template("p", f"Chapter: {entry}", link=f"/{entry.lower()}")
    out.close("td")
    out.open("td")
    out.content("h1", title)
    out.template("p", f"Edition {words.random.randint(2, 9)}.{words.random.randint(0, 20)} of the handbook")
    for number in range(words.random.randint(4, 6)):
        out.content("p", words.paragraph())
        if number == 1:
            out.content("pre", "kettle --fill --boil\nkettle --pour", trap=True)
    out.template("p", "Was a step missing? Tell the chandler, who keeps the book.")
    out.close("td", "tr", "table")
    out.template("p", "Printed for the guild of kettle makers; copies are free to members.")
    out.done(title)


TEMPLATES: dict[str, Callable[[MadePage, _Words], None]] = {
    "news": news,
    "blog": blog,
    "recipes": recipes,
    "forum": forum,
    "manual": manual,
}


def made_site(name: str, pages: int, seed: int = 0) -> list[MadePage]:
    """The pages of one made-up site.

    >>> [page.url for page in made_site("news", 2)]
    ['https://news.example/0', 'https://news.example/1']
    """
    made = []
    for number in range(pages):
        page = MadePage(f"https://{name}.example/{number}")
        TEMPLATES[name](page, _Words(seed, number))
        made.append(page)
    return made


def as_text(page: MadePage) -> str:
    """The page as a text that has lost its markup, a block a line."""
    from dechaff.reading import read

    return "\n".join(block.text for block in read(page.html, kind="html").blocks)


def repeated(pages: Sequence[MadePage], fewest: int = 2) -> set[str]:
    """The template texts that stand on so many of the pages, numbers aside."""
    import regex

    seen: dict[str, int] = {}
    for page in pages:
        for key in {regex.sub(r"\d+", "0", text) for text in page.template}:
            seen[key] = seen.get(key, 0) + 1
    return {text for page in pages for text in page.template if seen[regex.sub(r"\d+", "0", text)] >= fewest}
