"""What the three formats are read into."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from dechaff.hosts import host_of

if TYPE_CHECKING:
    from dechaff.phraserules import Rule
    from dechaff.selecting import Selector

Act: TypeAlias = Literal["cut", "keep", "body", "title"]


@dataclass(frozen=True, slots=True)
class Hosts:
    """On which sites a rule holds.

    Attributes:
        only: names from `names_of`; empty for all sites.
        but: the sites among those on which it does not.
    """

    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()

    def allow(self, names: frozenset[str]) -> bool:
        """Whether the rule holds on a page whose host has these names."""
        return (not self.only or not names.isdisjoint(self.only)) and names.isdisjoint(self.but)


ALL_HOSTS = Hosts()


def names_of(url: str | None) -> frozenset[str]:
    """All names under which a rule for the URL's host may be filed.

    `example.com` is the host or a parent of it, `=example.com` the host itself, `.example.com` a true parent, `example.*` a
    host or parent without its top level. A leading `www.` counts for nothing.

    >>> sorted(names_of("https://www.shop.example.com/a"))
    ['.com', '.example.com', '=shop.example.com', 'com', 'example.*', 'example.com', 'shop.*', 'shop.example.*', 'shop.example.com']
    >>> names_of(None)
    frozenset()
    """
    host = host_of(url)
    if not host:
        return frozenset()
    labels = host.split(".")
    parents = [".".join(labels[number:]) for number in range(len(labels))]
    names = {f"={parents[0]}", *parents, *(f".{parent}" for parent in parents[1:])}
    for parent in parents:
        # A country's registry may sell names under two labels: `example.co.uk`.
        names.update(f"{parent.rsplit('.', count)[0]}.*" for count in (1, 2) if parent.count(".") >= count)
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class ElementRule:
    """One rule about elements.

    Attributes:
        id: the name that cuts and vetoes give as their reason.
        act: what is done with the elements.
        family: the family of its cuts.
        hosts: where it holds.
        keys: of these sets one has to be on a page before it is tried (`selecting.required_keys`, and `~token`); none: always.
        selector: decides; None if the key alone does.
        order: among the `body` rules of one site, which comes first.
    """

    id: str
    act: Act
    family: str
    hosts: Hosts
    keys: tuple[tuple[str, ...], ...]
    selector: Selector | None = None
    order: int = 0


@dataclass(slots=True)
class Found:
    """What was read from rule files.

    Attributes:
        elements: rules about elements.
        phrases: phrase rules, each with where it holds.
        excepted: for an id the hosts on which it does not hold.
        problems: what could not be used, `file:line: why`.
        ignored: what was understood and passed by, counted by kind.
    """

    elements: list[ElementRule] = field(default_factory=list)
    phrases: list[tuple[Rule, Hosts]] = field(default_factory=list)
    excepted: dict[str, list[Hosts]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
