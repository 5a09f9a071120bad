"""Answers to who looks around: what is found by words, and what trends."""

from dataclasses import replace
from itertools import islice

from core import compose, text
from core import search as searches
from core.commands import Caller
from core.desk.office import Office
from core.grammar import Mistake
from core.keywords import words
from core.messages import Message, Picture
from core.search import Asked
from core.tags import Catalogue
from core.trending import Span, Trends, trends

_MOST_NEAR = 3
_SPANS: dict[str, Span] = {"day": "day", "today": "day", "week": "week"}


async def search(office: Office, query: str, caller: Caller) -> Message:
    """Return a page of what is found by the words and tags in `query`."""
    known = await office.tags.catalogue()
    asked = _with_tags(searches.read(text.clean(query)), known)
    if not asked.tags and not any(map(words, asked.words)):
        return compose.what_to_search(prefix=caller.prefix)
    async with office.database.read() as db:
        found = await searches.find(db, asked)
    if found.articles:
        return compose.found(found, prefix=caller.prefix)
    return compose.nothing_found(asked, _near(asked, known), prefix=caller.prefix)


async def trending(office: Office, query: str, caller: Caller) -> Message:
    """Return what trends, in the time and of the tag that `query` names."""
    said = query.split()
    span: Span = next((_SPANS[it.lower()] for it in said if it.lower() in _SPANS), "")
    tag = await office.tags.first_of([it for it in said if it.lower() not in _SPANS])
    if isinstance(tag, Mistake):
        return compose.unknown_tags([tag], verb="trending", prefix=caller.prefix)
    async with office.database.read() as db:
        found = await trends(db, span, tag, now=office.clock())
    if not tag and span != "day":
        found = replace(found, rises=await office.rising.tags())
    picture = await _picture(office, found) if caller.shows_pictures else None
    return compose.trending(found, picture, prefix=caller.prefix)


async def _picture(office: Office, found: Trends) -> Picture | None:
    plot = compose.plotted(found)
    png = await office.plots.png(plot) if plot else None
    return Picture(png, compose.told_of(plot)) if plot and png else None


def _with_tags(asked: Asked, known: Catalogue) -> Asked:
    """Return `asked` with those of its words as tags that are: `#llms`."""
    tags = {it: tag for it in asked.words if it.startswith("#") and (tag := known.find(it))}
    first = dict(islice(tags.items(), searches.MOST_TAGS))
    rest = tuple(it for it in asked.words if it not in first)
    return replace(asked, words=rest, tags=tuple(dict.fromkeys(first.values())))


def _near(asked: Asked, known: Catalogue) -> tuple[str, ...]:
    """Return tags that may have been meant by one of the words."""
    near = (tag for it in asked.words[:_MOST_NEAR] for tag in known.nearest(it, 1))
    return tuple(dict.fromkeys(near))
