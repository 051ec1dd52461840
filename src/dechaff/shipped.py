"""The data files of the package. `importlib.resources` does as much, but loads a dozen modules first, which a command waits for."""

from __future__ import annotations

from pkgutil import get_data


def shipped(name: str) -> bytes:
    """The bytes of a file, wherever Python found the package.

    Args:
        name: its path in the package, with slashes.

    Raises:
        OSError: there is no such file.
    """
    data = get_data("dechaff", name)
    if data is None:
        raise OSError(f"the loader of the package dechaff gives no data files, and {name} is one")
    return data
