"""Site configurations as Full-Text RSS has them: a file a host, with lines such as `body: //div[@id='story']`.

`body`, `strip`, `strip_id_or_class` and `title` are used. What is about fetching, pages to follow, dates or images has nothing to
do here; it is counted and passed by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import regex

from dechaff.rules.model import Act, ElementRule, Hosts
from dechaff.selecting import SelectorError, xpath_selector

if TYPE_CHECKING:
    from dechaff.rules.model import Found

FAMILY = "boilerplate"
_ACTS: dict[str, Act] = {"body": "body", "title": "title", "strip": "cut", "strip_id_or_class": "cut"}
_PASSED_BY = frozenset(
    "author autodetect_next_page autodetect_on_failure convert_double_br_tags date dissolve find_string footnotes"
    " http_header if_page_contains insert_detected_image login_extra_fields login_password_field login_uri"
    " login_username_field native_ad_clue next_page_link not_logged_in_xpath parser prune replace_string requires_login"
    " single_page_link single_page_link_in_feed skip_json_ld src_lazy_load_attr strip_attr strip_comments strip_image_src"
    " test_contains test_url tidy wrap_in".split()
)
_LINE = regex.compile(r"([a-z_]{2,40})(?:\([^()]{0,400}\))?\s{0,20}:\s{0,200}(.{0,4000})")
_HOST = regex.compile(r"\.?(?:[\p{L}\p{N}_-]{1,63}\.){1,10}[\p{L}\p{N}-]{1,63}")


def looks_like_site_config(name: str, text: str) -> bool:
    """Whether a file is a site configuration: named for a host, or `global`, with a line of the format in it."""
    return _hosts_of(name) is not None and any(
        match[1] in _ACTS or match[1] in _PASSED_BY
        for match in map(_LINE.fullmatch, map(str.strip, text.splitlines()[:500]))
        if match
    )


def _hosts_of(name: str) -> Hosts | None:
    host = name.removesuffix(".txt").lower()
    if host == "global":
        return Hosts()
    if not _HOST.fullmatch(host):
        return None
    # `example.com.txt` is that host alone, `.example.com.txt` whatever is below it.
    return Hosts((host,) if host[0] == "." else (f"={host.removeprefix('www.')}",))


def read_site_config(name: str, text: str, found: Found) -> None:
    """Read one site's file.

    Args:
        name: the file's name, which says the host.
        text: what is in it.
        found: takes the rules and the problems.
    """
    hosts = _hosts_of(name) or Hosts()
    for number, raw in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        line = raw.strip()
        if not line or line[0] == "#":
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            found.problems.append(f"{name}:{number}: this is no line of a site configuration: {line[:80]!r}")
            continue
        key, value = match[1], match[2].strip()
        if key not in _ACTS:
            if key in _PASSED_BY:
                found.ignored[f"{key} lines"] += 1
            else:
                found.problems.append(f"{name}:{number}: nothing is called {key!r}; the line was passed by")
            continue
        if key == "title" and value.lower() in ("//title", "//head/title", "//title/text()"):
            continue
        if key == "strip_id_or_class":
            value = _id_or_class(value)
        try:
            selector = xpath_selector(value)
        except SelectorError as error:
            found.problems.append(f"{name}:{number}: {match[2]!r} is not an XPath that can be used: {error}")
            continue
        found.elements.append(ElementRule(f"{name}:{number}", _ACTS[key], FAMILY, hosts, (), selector, number))


def _id_or_class(value: str) -> str:
    name = value.replace("'", "").replace('"', "").strip()
    if not name:
        return ""
    return (
        "//*["
        + " or ".join(f"contains(concat(' ',normalize-space(@{a}),' '),' {name} ')" for a in ("class", "id"))
        + "]"
    )
