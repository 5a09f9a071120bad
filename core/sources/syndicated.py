"""The body of a feed, whichever of RSS, Atom and JSON Feed it is, as drafts."""

import re
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from xml.sax import SAXException

import feedparser

from core.sources import Draft, SourceError
from core.sources.drafts import harmless, oldest_first
from core.sources.item import read_json_feed
from core.sources.links import host_of
from core.sources.markup import words_of

_MOST_ITEMS = 500
_MINUTES = re.compile(r"[0-9]{1,6}")
_HTML = (b"<!DOCTYPE HTML", b"<HTML")
_NOT_FOR_FEEDS = (b"UTF-7", b"UTF7", b"EBCDIC", b"CP037", b"IBM037", b"CP1140", b"CP500", b"IBM500")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a feed holds."""

    drafts: tuple[Draft, ...]
    """Oldest first."""
    problems: tuple[str, ...] = ()
    """The parts that could not be read, each a sentence."""
    rest: timedelta = timedelta(0)
    """How long it says that it stays as it is: the `ttl` of RSS."""


def read_feed(body: bytes, address: str) -> Contents:
    """Return what the feed `body` holds, at most 500 articles.

    Raises `SourceError` if it is no feed, is broken, or declares a document type.
    """
    # Without the empty halves of UTF-16 and UTF-32 the signs to look for stand in any encoding.
    start = body.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if start.startswith(b"{"):
        return Contents(*read_json_feed(body, address))
    _must_be_safe(start, address)
    return _read_xml(body, address)


def _must_be_safe(start: bytes, address: str) -> None:
    at = _root_at(start)
    root = start[at : at + 20].upper()
    if root.startswith(_HTML):
        raise SourceError(f"{address} is a web page, not a feed")
    if root.startswith(b"<!"):
        raise SourceError(f"{address} declares a document type, which feeds have no need of")
    # In these the signs would stand in other letters.
    if any(name in start[:200].upper() for name in _NOT_FOR_FEEDS):
        raise SourceError(f"{address} is in an encoding that feeds do not use")


def _root_at(start: bytes) -> int:
    """Return where the first element or declaration stands, behind instructions and comments."""
    at = 0
    while start.startswith((b"<?", b"<!--"), at):
        end = b"?>" if start.startswith(b"<?", at) else b"-->"
        closed = start.find(end, at)
        if closed < 0:
            return len(start)
        at = closed + len(end)
        at += len(start[at : at + 1000]) - len(start[at : at + 1000].lstrip())
    return at


def _read_xml(body: bytes, address: str) -> Contents:
    # A stream: given bytes, feedparser would open the file or the address that they name.
    feed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    error = feed.get("bozo_exception")
    if isinstance(error, SAXException):
        raise SourceError(f"{address} is broken XML: {error.getMessage()}") from error
    if not feed.entries and (error is not None or not feed.get("version")):
        raise SourceError(f"{address} is not a feed")
    drafts, problems = [], []
    for entry in feed.entries[:_MOST_ITEMS]:
        try:
            drafts.append(_draft(entry, address))
        except SourceError as problem:
            problems.append(str(problem))
    return Contents(oldest_first(reversed(drafts)), tuple(problems), _rest(feed.feed))


def _draft(entry: Mapping[str, Any], address: str) -> Draft:
    content = next((part.get("value") or "" for part in entry.get("content") or ()), "")
    source = entry.get("source") or {}
    draft = Draft(
        title=words_of(entry.get("title") or ""),
        url=entry.get("link") or "",
        summary=words_of(entry.get("summary") or content),
        tags=tuple(tag.get("term") or tag.get("label") or "" for tag in entry.get("tags") or ()),
        source_domain=host_of(source.get("href") or source.get("link") or ""),
        image_url=_image(entry),
        published_at=_time(entry),
        guid=entry.get("id") or "",
    )
    return harmless(draft, address)


def _rest(channel: Mapping[str, Any]) -> timedelta:
    minutes = str(channel.get("ttl") or "").strip()
    return timedelta(minutes=int(minutes)) if _MINUTES.fullmatch(minutes) else timedelta(0)


def _time(entry: Mapping[str, Any]) -> datetime | None:
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        return datetime.fromtimestamp(timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None


def _image(entry: Mapping[str, Any]) -> str:
    """Return the first picture: a thumbnail, or what is attached as an image."""
    shown = [part.get("url") for part in entry.get("media_thumbnail") or ()]
    attached = [*(entry.get("media_content") or ()), *(entry.get("enclosures") or ())]
    pictures = [part.get("url") or part.get("href") for part in attached if _is_picture(part)]
    return next(filter(None, [*shown, *pictures]), "")


def _is_picture(part: Mapping[str, Any]) -> bool:
    return part.get("medium") == "image" or str(part.get("type")).startswith("image/")
