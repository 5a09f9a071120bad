"""Drafts made harmless: whatever a source says, only plain and bounded values come out of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from core.sources import Draft, NamedStory, SourceError
from core.sources.links import host_of, web_address
from core.text import as_tag, clean, clip

_TITLE = 300
_DEK = 500
_SUMMARY = 4000
_POINT = 1000
_WORD = 40
_DOMAIN = 253
_GUID = 2000
_MOST = 20
_MOST_HEAT = 100
_MOST_MINUTES = 999
_START = datetime.min.replace(tzinfo=UTC)


def harmless(draft: Draft, base: str) -> Draft:
    """Return `draft` with plain text of bounded length, full addresses and tags in one form.

    Links are read as they stand on the page at `base`. Raises `SourceError` where the title or
    the address is missing.
    """
    title, url = _text(draft.title, _TITLE), web_address(draft.url, base)
    if not title or not url:
        raise SourceError(f"{base}: an article has no {'title' if url else 'address'}")
    original = web_address(draft.original_url, base)
    return replace(
        _with_plain_text(draft),
        title=title,
        url=url,
        heat=_within(draft.heat, _MOST_HEAT),
        tags=tuple(dict.fromkeys(filter(None, map(as_tag, draft.tags))))[:_MOST],
        reading_minutes=_within(draft.reading_minutes, _MOST_MINUTES),
        source_domain=_text(draft.source_domain, _DOMAIN).lower() or host_of(original),
        original_url=original,
        image_url=web_address(draft.image_url, base),
        related=tuple(_story(story, base) for story in draft.related[:_MOST]),
        guid=_text(draft.guid, _GUID),
    )


def oldest_first(drafts: Iterable[Draft]) -> tuple[Draft, ...]:
    """Return `drafts` by their time, those without one first, equals in the order given."""
    return tuple(sorted(drafts, key=lambda draft: draft.published_at or _START))


def _with_plain_text(draft: Draft) -> Draft:
    return replace(
        draft,
        dek=_text(draft.dek, _DEK),
        summary=_text(draft.summary, _SUMMARY),
        takeaways=_points(draft.takeaways),
        sentiment=_text(draft.sentiment, _WORD).lower(),
        positives=_points(draft.positives),
        concerns=_points(draft.concerns),
    )


def _text(text: str, most: int) -> str:
    # Cut before cleaning too: a hostile page may hold megabytes on one line.
    return clip(clean(text[: most * 4]), most)


def _points(points: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, (_text(point, _POINT) for point in points[:_MOST])))


def _within(number: int | None, most: int) -> int | None:
    return number if number is not None and 0 <= number <= most else None


def _story(story: NamedStory, base: str) -> NamedStory:
    url = web_address(story.url, base)
    return replace(story, title=_text(story.title, _TITLE), dek=_text(story.dek, _DEK), url=url)
