"""Why an article stands at an address or does not, for whoever runs the bot."""

import json
from datetime import UTC, datetime
from typing import Any

from core import compose
from core.config import Settings
from core.db import open_database
from core.desk.reading import article_named
from core.grammar import write
from core.messages import as_text
from core.posting import PLATFORMS, Address
from core.rules import NO_TERMS, difference
from core.why import Station, Way, why

_PREFIX = {"discord": "/", "slack": "/themata "}
_PARTS = 3


class NoAddress(Exception):
    """What was typed is no address. Says which form it has."""


def address(typed: str) -> Address:
    """Return the address that is typed so: discord/GUILD/CHANNEL, slack/T…/C…. Or `NoAddress`."""
    platform, *where = typed.split("/")
    for known in PLATFORMS:
        if platform == known and len(where) == _PARTS - 1 and all(where):
            return Address(known, *where)
    raise NoAddress(f"{typed} is no address: type discord/SERVER/CHANNEL or slack/TEAM/CHANNEL")


async def way_of(settings: Settings, article: str, to: Address) -> Way:
    """Return how far an article, by its number or link, came. Raises `DatabaseError`."""
    async with open_database(settings.database.url) as database, database.read() as db:
        found = await article_named(db, article)
        return await why(db, found, to, now=datetime.now(UTC))


def as_shown(way: Way) -> str:
    """Return what a person would be told, as plain lines."""
    prefix = _PREFIX[way.address.platform]
    return as_text(compose.why(way, prefix=prefix, may_mend=True))


def as_json(way: Way) -> str:
    """Return the stages as JSON."""
    told = {
        "article": way.article and way.article.id,
        "title": way.article and way.article.title,
        "address": f"{way.address.platform}/{way.address.workspace}/{way.address.channel}",
        "posted": way.stands,
        "coming": way.is_coming,
        "message": way.message_id or None,
        "stages": [_stage(station) for station in way.stations],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _stage(station: Station) -> dict[str, Any]:
    rule = write([station.topic], difference(NO_TERMS, station.terms)) if station.topic else None
    told = {
        "stage": station.stage.value,
        "at": station.at and station.at.isoformat(),
        "rule": rule,
        "told": station.told,
        "lacks": list(station.words),
    }
    return {name: value for name, value in told.items() if value}
