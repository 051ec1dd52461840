"""Element-hiding filters, as ad-block lists have them: `##.ad`, `example.com##div > .promo`, `shop.example.com#@#.ad`.

Only these lines are used. Network rules, and lines that need a browser (procedural selectors, scriptlets, styles), are counted
and passed by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from dechaff.rules.model import ALL_HOSTS, ElementRule, Hosts
from dechaff.selecting import SelectorError, css_selector

if TYPE_CHECKING:
    from dechaff.rules.model import Found

FAMILY = "ads"

_LINE = regex.compile(r"""([^\s/|"'^$\#\[]{0,4000})(\#@?[?$%]{0,2}\#)(?!\s)(.{1,4000})""")
_SIMPLE = regex.compile(r"[.#]-?[A-Za-z_][\w-]{0,200}")
_PROCEDURAL = regex.compile(
    r":(?:-abp-[a-z-]{1,30}|has-text|contains|if|if-not|matches-[a-z-]{1,30}|min-text-length|nth-ancestor|others|remove"
    r"|remove-attr|remove-class|shadow|style|upward|watch-attr|xpath)\(|:-abp-|:remove\(\)"
)


def looks_like_filter_list(text: str) -> bool:
    """Whether a text is a filter list: it says so at its top, or has hiding lines."""
    return text.lstrip("\ufeff").startswith(("[Adblock", "[uBlock", "! ")) or any(
        _LINE.match(line) for line in text.splitlines()[:2000]
    )


def read_hiding_filters(name: str, text: str, found: Found) -> None:
    """Read one list.

    Args:
        name: the file's name, for problems.
        text: what is in it.
        found: takes the rules and the problems.
    """
    elements, ignored = found.elements, found.ignored
    for number, raw in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        line = raw.strip()
        if not line or line[0] in "![":
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            ignored["network rules" if "##" not in line else "other lines"] += 1
            continue
        domains, separator, source = match.groups()
        if separator not in ("##", "#@#") or source.startswith(("+js(", "^", "script:")):
            ignored["procedural selectors and scriptlets"] += 1
            continue
        source = source.strip()
        hosts = _hosts_of(domains) if domains else ALL_HOSTS
        rule_id = f"##{source}"
        if separator == "#@#":
            found.excepted.setdefault(rule_id, []).append(hosts)
        elif _SIMPLE.fullmatch(source):
            elements.append(ElementRule(rule_id, "cut", FAMILY, hosts, ((source,),)))
        elif _PROCEDURAL.search(source):
            ignored["procedural selectors and scriptlets"] += 1
        else:
            try:
                selector = css_selector(source)
            except SelectorError as error:
                found.problems.append(f"{name}:{number}: {source!r} is not a CSS selector: {error}")
                continue
            if selector.without_text:
                ignored["selectors of elements without text"] += 1
            else:
                elements.append(ElementRule(rule_id, "cut", FAMILY, hosts, selector.keys, selector))


def _hosts_of(domains: str) -> Hosts:
    names = [name.strip().lower() for name in domains.split(",") if name.strip()]
    return Hosts(
        tuple(name.removeprefix("www.") for name in names if name[0] != "~"),
        tuple(name[1:].removeprefix("www.") for name in names if name[0] == "~"),
    )
