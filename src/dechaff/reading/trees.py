"""Somebody's own tree into a page: lxml, `xml.etree`, BeautifulSoup or parsel, walked as it is and never parsed again.

The walk keeps its own stack, so a tree as deep as memory allows is read. It changes nothing in the tree and holds on
to nothing of it.
"""

from __future__ import annotations

import html
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from lxml import etree

from dechaff.reading.html import PageBuilder
from dechaff.reading.recording import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dechaff.page import Page

    Note: TypeAlias = Callable[[Any, str], None]

_XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"


def is_tree(source: object) -> bool:
    """Whether this is something `read_tree` walks. BeautifulSoup is looked for only where the caller has imported it."""
    return root_of(source) is not None or is_soup(source) or _is_document(source)


def read_tree(
    tree: Any, url: str | None = None, language: str | None = None, make: type[PageBuilder] = PageBuilder
) -> Page:
    """Read an lxml or `xml.etree` element or tree, a BeautifulSoup object or Tag, or a parsel Selector of markup.

    What follows the element in its parent is not part of it.

    Args:
        tree: the element, which is not changed.
        url: where it is from, kept on the page.
        language: overrides what the tree declares.
        make: the builder that takes the events. A `Placed` recorder learns where in the tree each text stands.

    Raises:
        TypeError: it is none of these.
    """
    builder = make()
    walk(tree, builder)
    return builder.close().page(url, language)


class Target(Protocol):
    """Takes the events of a walk."""

    @property
    def data(self) -> Callable[[str], object]:
        """Takes a piece of text."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> object:
        """An element opens."""

    def end(self, tag: str) -> object:
        """An element closes."""


def walk(tree: Any, target: Target) -> None:
    """Give a tree's elements and text to a target, in document order.

    Raises:
        TypeError: it is no tree that `read_tree` reads.
    """
    note = target.note if isinstance(target, Placed) else None
    if is_soup(tree):
        _walk_soup(tree, target, note)
    else:
        root = root_of(tree)
        if root is not None:
            _walk_elements(root, target, note)
        elif not _is_document(tree):
            message = f"expected an lxml or xml.etree element or a BeautifulSoup object, got {type(tree).__name__}"
            raise TypeError(message)


class Place(NamedTuple):
    """Where in somebody's tree a text stands: the text or tail of an element, or a node that is itself the text."""

    node: Any
    slot: str


class Placed(Recorder):
    """A recorder whose places are places in somebody's own tree."""

    def note(self, node: Any, slot: str) -> None:
        """The next event is about this."""
        self.place = Place(node, slot)


def is_soup(source: object) -> bool:
    """Whether this is a BeautifulSoup document or Tag."""
    bs4 = sys.modules.get("bs4")
    return bs4 is not None and isinstance(source, bs4.Tag)


def _is_document(source: object) -> bool:
    if isinstance(source, etree._ElementTree):  # noqa: SLF001  # the only name lxml gives the type
        return True
    stdlib = sys.modules.get("xml.etree.ElementTree")
    return stdlib is not None and isinstance(source, stdlib.ElementTree)


def root_of(source: Any) -> Any:
    """The element that a tree, an element or a selector starts from, None if it is neither or the tree is empty."""
    parsel = sys.modules.get("parsel")
    if parsel is not None and isinstance(source, parsel.Selector):
        source = source.root
    if _is_document(source):
        source = source.getroot()
    if isinstance(source, etree._Element):  # noqa: SLF001  # the only name lxml gives the type
        return source
    stdlib = sys.modules.get("xml.etree.ElementTree")
    return source if stdlib is not None and isinstance(source, stdlib.Element) else None


def local_name(tag: str) -> str:
    """The element's name without namespace or prefix, lower case."""
    if "}" in tag:
        tag = tag[tag.rindex("}") + 1 :]
    if ":" in tag:
        tag = tag[tag.rindex(":") + 1 :]
    return tag.lower()


def _attributes_of(attrib: Mapping[Any, Any]) -> dict[str, str]:
    return {
        (name.replace(_XML_NAMESPACE, "xml:") if name[:1] == "{" else name): value
        for name, value in attrib.items()
        if isinstance(name, str)
    }


def _walk_elements(root: Any, builder: Target, note: Note | None) -> None:  # one loop, no calls
    if not isinstance(root.tag, str):
        return
    start, data, end = builder.start, builder.data, builder.end
    tag = local_name(root.tag)
    if note:
        note(root, "text")
    start(tag, _attributes_of(root.attrib))
    if root.text:
        data(root.text)
    open_elements: list[tuple[Any, str, Iterator[Any]]] = [(root, tag, iter(root))]
    while open_elements:
        element, tag, children = open_elements[-1]
        for child in children:
            if isinstance(child.tag, str):
                name = local_name(child.tag)
                if note:
                    note(child, "text")
                start(name, _attributes_of(child.attrib))
                if child.text:
                    data(child.text)
                open_elements.append((child, name, iter(child)))
                break
            if child.tag is etree.Entity:
                if note:
                    note(child, "node")
                data(html.unescape(child.text))
            if child.tail:
                if note:
                    note(child, "tail")
                data(child.tail)
        else:
            open_elements.pop()
            end(tag)
            if open_elements and element.tail:
                if note:
                    note(element, "tail")
                data(element.tail)


def _walk_soup(root: Any, builder: Target, note: Note | None) -> None:
    from bs4 import BeautifulSoup, Tag  # noqa: PLC0415  # the caller has imported it
    from bs4.element import CData, PreformattedString  # noqa: PLC0415

    start, data, end = builder.start, builder.data, builder.end
    open_tags: list[tuple[str, Iterator[Any]]] = []
    is_document = isinstance(root, BeautifulSoup)
    if is_document:
        open_tags.append(("", iter(root.contents)))
    else:
        name = local_name(root.name)
        start(name, _soup_attributes_of(root))
        open_tags.append((name, iter(root.contents)))
    while open_tags:
        name, children = open_tags[-1]
        for child in children:
            if note:
                note(child, "node")
            if isinstance(child, Tag):
                name = local_name(child.name)
                start(name, _soup_attributes_of(child))
                open_tags.append((name, iter(child.contents)))
                break
            if not isinstance(child, PreformattedString) or isinstance(child, CData):
                data(str(child))
        else:
            open_tags.pop()
            if name:
                end(name)


def _soup_attributes_of(tag: Any) -> dict[str, str]:
    """The attributes as the source has them: BeautifulSoup splits `class` and its like into lists."""
    return {
        str(name): " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
        for name, value in tag.attrs.items()
    }
