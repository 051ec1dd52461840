"""The host that an address names: what rules and site profiles are filed under."""

from __future__ import annotations

from urllib.parse import urlsplit


def host_of(url: str | None) -> str:
    """The host that an address names, lower case, without `www.` and a last dot; "" if it names none.

    An address may lack its scheme. A path is no host, and neither is a bucket of an object store.

    >>> host_of("https://www.Example.org./a"), host_of("example.org/a"), host_of("/home/me/a.html"), host_of("s3://crawl/a")
    ('example.org', 'example.org', '', '')
    """
    if not url:
        return ""
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        host = parts.hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".").removeprefix("www.") if parts.scheme in ("", "http", "https") else ""
