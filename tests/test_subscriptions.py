"""Who follows what."""

from core import pauses, subscriptions
from core.db import Database
from core.posting import Address
from core.rules import NO_TERMS
from core.subscriptions import Following
from tests.conftest import NOW

NEWS = Address("discord", "1", "10")
OTHER = Address("slack", "T1", "C1")


async def test_a_channel_follows_tags_and_a_repeat_merges(database: Database) -> None:
    async with database.write() as db:
        await subscriptions.follow(db, NEWS, ["llms"], by="ada", now=NOW)
        await subscriptions.follow(db, NEWS, ["agents", "llms"], by="bob", now=NOW)

        assert (await subscriptions.following(db, NEWS)).topics == ("agents", "llms")
        assert (await subscriptions.following(db, OTHER)).topics == ()


async def test_unfollowing_is_idempotent(database: Database) -> None:
    async with database.write() as db:
        await subscriptions.follow(db, NEWS, ["llms", "agents"], by="ada", now=NOW)

        for _ in range(2):
            left = await subscriptions.unfollow(db, NEWS, ["llms", "meta"])
            assert left.topics == ("agents",)


async def test_the_same_channel_on_two_platforms_is_two_addresses(database: Database) -> None:
    twin = Address("slack", NEWS.workspace, NEWS.channel)

    async with database.write() as db:
        await subscriptions.follow(db, NEWS, ["llms"], by="ada", now=NOW)

        assert (await subscriptions.following(db, twin)).topics == ()


async def test_a_paused_address_keeps_what_it_follows(database: Database) -> None:
    async with database.write() as db:
        await subscriptions.follow(db, NEWS, ["llms"], by="ada", now=NOW)
        number = await subscriptions.saved(db, NEWS)

        await pauses.pause(db, number, "the channel is gone", now=NOW)

        paused = await subscriptions.following(db, NEWS)
        assert paused == Following({"llms": NO_TERMS}, "the channel is gone", number, NOW)
