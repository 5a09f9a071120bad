"""Addresses that a message may lead to."""

from urllib.parse import quote, urlsplit, urlunsplit

BUTTON_MOST = 512
"""Characters that Discord takes as the address of a link button."""
TEXT_MOST = 2048
"""Characters that an address in a text or of a picture may have."""

# What an address may hold besides letters and digits. Brackets of all kinds and spaces are
# percent-encoded instead: they would end a link in markdown.
_KEPT = "%/:?&=#+,;@!$'*~-._"


def safe_url(url: str, most: int = TEXT_MOST) -> str | None:
    """Return `url` in a form that is safe in markdown, or None if it must not be linked.

    None is for all but http and https, for names or passwords inside, for no or a broken host
    and for more than `most` characters.
    """
    if not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
        host = _host(parts.hostname or "", parts.port)
        paths = [quote(part, safe=_KEPT) for part in (parts.path, parts.query, parts.fragment)]
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc or not host:
        return None
    safe = urlunsplit((parts.scheme, host, *paths))
    return safe if len(safe) <= most else None


def _host(name: str, port: int | None) -> str:
    """Return the host in ASCII, or raise ValueError: no reader should be misled by look-alikes."""
    ascii_name = name.encode("idna").decode() if not name.isascii() else name
    if not all(c.isalnum() or c in "-._" for c in ascii_name):
        raise ValueError(name)
    return f"{ascii_name}:{port}" if port else ascii_name
