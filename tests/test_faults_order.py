"""Rows O and P7 of the fault matrix: a post that fails holds up its own channel, for 10 minutes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from core import claims
from core.db import Database, open_database
from core.delivery import DeliveryWorker
from core.messages import Message
from core.posting import Address, Platform, Receipt, Unreachable
from core.tables import addresses, rules, subscriptions
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.promise import Verdict
from tests.queued import add_story
from tests.worlds import FIRST, SECOND, World, without_network, world

TAG = "llms"
BOTH = pytest.mark.parametrize("platform", ["discord", "slack"])


@pytest.fixture(autouse=True)
def _steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let waits be as long as their schedule says."""
    monkeypatch.setattr(claims, "jitter", lambda: 0.5)


def stood(here: World) -> list[str]:
    """Return the articles that stood so far."""
    return [one.article for one in here.log.seen]


@BOTH
async def test_o1_what_comes_later_waits_behind_a_post_that_failed(
    platform: Platform, database_file: Path
) -> None:
    async with world(platform, database_file) as here:
        news = await here.followed(TAG)
        await here.take_in(FIRST, TAG)
        for later in (0, 3):
            here.clock.later = later
            await without_network(here).try_once()
        await here.take_in(SECOND, TAG)

        await here.try_once()
        early = stood(here)
        here.clock.later += 20
        await here.try_once()

        assert early == []
        assert stood(here) == [FIRST, SECOND]
        assert here.verdict(news) == Verdict()


@BOTH
async def test_o1_it_waits_for_ten_minutes_and_no_longer(
    platform: Platform, database_file: Path
) -> None:
    async with world(platform, database_file) as here:
        await here.followed(TAG)
        await here.take_in(FIRST, TAG)
        for later in (0, 3, 16, 80, 390):  # the sixth attempt is due after 20 minutes
            here.clock.later = later
            await without_network(here).try_once()
        await here.take_in(SECOND, TAG)

        seen = []
        for later in (400, 540, 605):
            here.clock.later = later
            await here.try_once()
            seen.append(stood(here))
        await here.finish()

        assert seen == [[], [], [SECOND]]
        assert stood(here) == [SECOND, FIRST]


@pytest.mark.parametrize(
    ("platform", "refused"),
    [
        ("discord", {"status": 400, "body": {"message": "Invalid Form Body", "code": 50035}}),
        ("slack", {"error": "invalid_blocks"}),
    ],
)
async def test_o2_a_post_that_is_refused_for_good_delays_no_other(
    platform: Platform, refused: dict[str, Any], database_file: Path
) -> None:
    async with world(platform, database_file) as here:
        await here.followed(TAG)
        await here.take_in(FIRST, TAG)
        here.stand_in.fail_next(here.line, times=2, **refused)
        await here.try_once()
        await here.take_in(SECOND, TAG)

        await here.try_once()

        assert await here.states() == ["dead", "posted"]
        assert stood(here) == [SECOND]


class OneClosed(FakePoster):
    """Posts to a list, except to one channel, which is closed to the bot."""

    def __init__(self, closed: Address) -> None:
        super().__init__()
        self.closed = closed
        self.refused = 0

    async def post(self, address: Address, message: Message, *, key: str) -> Receipt:
        """Keep the post, unless it goes there."""
        if address == self.closed:
            self.refused += 1
            raise Unreachable("the channel is gone")
        return await super().post(address, message, key=key)


async def follow_by(database: Database, channels: Sequence[Address]) -> None:
    """Let these channels of an empty database follow a tag, in this order."""
    places = [
        {"id": number, "platform": at.platform, "workspace": at.workspace, "channel": at.channel}
        for number, at in enumerate(channels, 1)
    ]
    follows = [
        {"topic": "llms", "address_id": place["id"], "rule_id": place["id"]} for place in places
    ]
    on_terms = [
        {"id": place["id"], "address_id": place["id"], "set_by": "ada", "set_at": NOW}
        for place in places
    ]
    async with database.write() as db:
        await db.execute(sa.insert(addresses), places)
        await db.execute(sa.insert(rules), on_terms)
        await db.execute(sa.insert(subscriptions), follows)


async def test_p7_one_closed_server_of_a_thousand_changes_nothing_for_the_others(
    database_file: Path,
) -> None:
    servers = [Address("discord", str(number), "1") for number in range(1000)]
    closed, others = servers[7], [*servers[:7], *servers[8:]]
    poster = OneClosed(closed)
    async with open_database(f"sqlite:///{database_file}") as database:
        await follow_by(database, servers)
        worker = DeliveryWorker(database, poster, "discord", clock=lambda: NOW, lanes=8)
        for number in range(2):
            await add_story(database, number)
            await worker.post_due()

    assert poster.refused == 1
    assert [address for address, _, _ in poster.posts] == others * 2
