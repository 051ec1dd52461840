"""Regular expressions that are compiled when they are first used.

There are some hundred of them. Most are for what few pages have, and to compile them all takes several times as long as to clean a
page: a command that cleans one would do little else. Those of the module `regex` were compiled ahead (`ahead.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, AnyStr, cast

if TYPE_CHECKING:
    import re

    import regex


class _Late:
    """Becomes the pattern at the first use of one of its methods, which are its own from then on."""

    def __init__(self, engine: str, source: str | bytes, flags: int) -> None:
        self._of = engine, source, int(flags)
        _made.append(self._of)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        engine, source, flags = self._of
        compiled = _compiled(engine, source, flags)
        vars(self).update({method: getattr(compiled, method) for method in _METHODS})
        return getattr(compiled, name)


_made: list[tuple[str, str | bytes, int]] = []


def late_sources() -> list[tuple[str, int]]:
    """The source and the flags of all patterns of the module `regex` that were made so far: what is compiled ahead."""
    return [(source, flags) for engine, source, flags in _made if engine == "regex" and isinstance(source, str)]


def _compiled(engine: str, source: Any, flags: int) -> Any:
    if engine == "re":
        import re  # noqa: PLC0415  # as below

        return re.compile(source, flags)
    from dechaff.ahead import compiled  # noqa: PLC0415  # the module `regex` is imported when the first is used

    return compiled(source, flags)


_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split")


def late_regex(source: str, flags: int = 0) -> regex.Pattern[str]:
    """A pattern of the module `regex`, which itself is imported when the first is used.

    Args:
        source: the expression.
        flags: those of `re`; the two modules give them the same numbers.

    >>> late_regex(r"\\p{Lu}").findall("One Two")
    ['O', 'T']
    """
    return cast("regex.Pattern[str]", _Late("regex", source, flags))


def late_re(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A pattern of the standard library's `re`."""
    return cast("re.Pattern[AnyStr]", _Late("re", source, flags))
