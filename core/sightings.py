"""Sightings: by what an item of a source is known again, and which article it was.

An item is known by its guid in its source, by its address anywhere, or by its title in its source
together with its date or its summary. A title alone says nothing, and neither does a date.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from core import articles
from core.db import insert
from core.sources import Draft
from core.tables import sightings

KEPT = timedelta(days=90)
"""How long an item is known again after it was last seen; always while it stands in its source."""
_DAY = timedelta(days=1)
_DIGEST = 16  # bytes: no two will ever be equal by chance


@dataclass(frozen=True, slots=True)
class Sorted:
    """The items of a reading: those to take in, each once, and those that are known."""

    new: tuple[Draft, ...]
    known: tuple[tuple[Draft, int], ...]
    """With the number of the article that each is."""


def with_own_guids(drafts: Sequence[Draft]) -> tuple[tuple[Draft, ...], frozenset[str]]:
    """Return `drafts` without the guids that two addresses share, and these guids."""
    addresses: dict[str, set[str]] = {}
    for draft in drafts:
        addresses.setdefault(draft.guid, set()).add(_address(draft))
    shared = frozenset(guid for guid, urls in addresses.items() if guid and len(urls) > 1)
    return tuple(replace(d, guid="") if d.guid in shared else d for d in drafts), shared


async def sort(db: AsyncConnection, source: str, drafts: Sequence[Draft]) -> Sorted:
    """Return which of `drafts` are known, and which are new."""
    known_ids = await _known(db, source, drafts)
    new, known, seen = list[Draft](), list[tuple[Draft, int]](), set[str]()
    for draft, article in zip(drafts, known_ids, strict=True):
        keys = _keys(draft)
        if article is not None:
            known.append((draft, article))
        elif seen.isdisjoint(keys):
            new.append(draft)
        seen |= keys
    return Sorted(tuple(new), tuple(known))


async def article_of(db: AsyncConnection, source: str, draft: Draft) -> int | None:
    """Return the number of the article that `draft` is, if it is known."""
    return (await _known(db, source, [draft]))[0]


async def note_new(
    db: AsyncConnection, source: str, draft: Draft, article_id: int, *, now: datetime
) -> None:
    """Remember under which keys an article stands in `source` that is new."""
    await _save(db, source, dict.fromkeys(_keys(draft), article_id), now)


async def note(
    db: AsyncConnection, source: str, seen: Iterable[tuple[Draft, int]], *, now: datetime
) -> None:
    """Remember under which keys these articles stand in `source` now, old keys and new ones."""
    rows = {key: article for draft, article in seen for key in _keys(draft)}
    # Once a day is enough to know what still stands there: most looks then write nothing.
    seen_lately = sa.select(sightings.c.key).where(
        sightings.c.source == source,
        sightings.c.key.in_(rows),
        sightings.c.last_seen_at > now - _DAY,
    )
    lately = frozenset((await db.scalars(seen_lately)).all())
    await _save(db, source, {key: of for key, of in rows.items() if key not in lately}, now)


async def disown(db: AsyncConnection, source: str, guids: Iterable[str], *, now: datetime) -> None:
    """Let these guids tell nothing any more: several items of `source` bear each of them."""
    keys = {_key("guid", guid): None for guid in guids}
    await _save(db, source, keys, now)
    shared = sa.update(sightings).where(
        sightings.c.source == source, sightings.c.key.in_(keys), sightings.c.article_id.is_not(None)
    )
    if keys:
        await db.execute(shared.values(article_id=None))


async def forget_old(db: AsyncConnection, source: str, *, now: datetime) -> None:
    """Forget what was last seen in `source` long ago. Only after `note` of what stands there."""
    old = sa.delete(sightings).where(
        sightings.c.source == source, sightings.c.last_seen_at < now - KEPT
    )
    await db.execute(old)


async def _known(db: AsyncConnection, source: str, drafts: Sequence[Draft]) -> list[int | None]:
    """Return the article that each of `drafts` is, or nothing where it is new."""
    keys = [_keys(draft) for draft in drafts]
    seen = await _seen(db, source, frozenset[str]().union(*keys))
    stored = await articles.ids_by_url(db, [draft.url for draft in drafts])
    found = [
        # By its address before all: two articles may have borne one guid.
        [stored.get(draft.url), *(seen.get(key) for key in sorted(own, key=_is_no_address))]
        for draft, own in zip(drafts, keys, strict=True)
    ]
    return [next((of for of in ids if of is not None), None) for ids in found]


async def _seen(db: AsyncConnection, source: str, keys: frozenset[str]) -> dict[str, int]:
    found = await db.execute(_SEEN, {"keys": sorted(keys), "in": source})
    return {row.key: row.article_id for row in found}


# Built once, as each new article asks for it.
_SEEN = sa.select(sightings.c.key, sightings.c.article_id).where(
    sightings.c.key.in_(sa.bindparam("keys", expanding=True)),
    sa.or_(sightings.c.source == sa.bindparam("in"), sightings.c.key.startswith("url:")),
    sightings.c.article_id.is_not(None),
)


async def _save(
    db: AsyncConnection, source: str, keys: Mapping[str, int | None], now: datetime
) -> None:
    if not keys:
        return
    rows = [
        {
            "source": source,
            "key": key,
            "article_id": article,
            "first_seen_at": now,
            "last_seen_at": now,
        }
        for key, article in sorted(keys.items())
    ]
    seen_again = insert(db, sightings).on_conflict_do_update(
        index_elements=["source", "key"], set_={"last_seen_at": now}
    )
    await db.execute(seen_again, rows)


def _keys(draft: Draft) -> frozenset[str]:
    """Return all that `draft` is known by."""
    title, summary = _plain(draft.title), _plain(draft.summary)
    keys = {
        _key("guid", draft.guid) if draft.guid else "",
        _key("url", _address(draft)) if _address(draft) else "",
        _key("dated", title, f"{draft.published_at.timestamp():.0f}")
        if title and draft.published_at
        else "",
        _key("told", title, summary) if title and summary else "",
    }
    return frozenset(keys - {""})


def _address(draft: Draft) -> str:
    url = articles.web_url(draft.url)
    return articles.canonical_url(url) if url else ""


def _key(kind: str, *words: str) -> str:
    digest = hashlib.blake2s(
        "\n".join(words).encode(errors="replace"), digest_size=_DIGEST
    ).hexdigest()
    return f"{kind}:{digest}"


def _plain(text: str) -> str:
    """Return only the words of `text`: quotes, dashes and capitals are often mended later."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())


def _is_no_address(key: str) -> bool:
    return not key.startswith("url:")
