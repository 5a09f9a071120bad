"""Addresses on the web, made safe to store and to show."""

import re
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit

_LONGEST = 2000
_NEVER_IN_ONE = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}\ud800-\udfff]")
_TAG_PATH = re.compile(r"/tags?/([^/]+)/?")


def web_address(link: str, base: str = "") -> str:
    """Return `link` as a full http(s) address without a user's name, or "" if it is none."""
    if not link.strip():
        return ""
    try:
        parts = urlsplit(urljoin(base, link.strip()))
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    address = parts._replace(netloc=f"{host}{port}").geturl()
    fits = len(address) <= _LONGEST and not _NEVER_IN_ONE.search(address)
    return address if fits and host and parts.scheme in {"http", "https"} else ""


def host_of(address: str) -> str:
    """Return the host that `address` leads to, in lower case without "www.", or ""."""
    return (_split(address).hostname or "").removeprefix("www.")


def tag_in(address: str) -> str:
    """Return the tag whose page `address` is (`?tag=…` or `/tag/…`), or ""."""
    parts = _split(address)
    by_path = _TAG_PATH.fullmatch(parts.path)
    named = parse_qs(parts.query, max_num_fields=50).get("tag", []) if parts.query else []
    return named[0] if named else by_path[1] if by_path else ""


def article_page(link: str, front: str) -> str:
    """Return the address of the article that `link` on the page `front` leads to, or "".

    An article stands under `/news/` on the same host; what follows its name is left out.
    """
    parts = _split(web_address(link, front))
    name = parts.path.removeprefix("/news/").rstrip("/")
    if not parts.path.startswith("/news/") or not name or "/" in name:
        return ""
    if host_of(parts.geturl()) != host_of(front):
        return ""
    return parts._replace(path=f"/news/{name}", query="", fragment="").geturl()


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
