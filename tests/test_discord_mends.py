"""What mends a channel to which posts do not come, pressed on Discord by those who may."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bots.sandbox.discord import Channel, Message, User, permissions
from core import compose, mutes, pauses, subscriptions
from core.db import Database
from core.intake import Intake
from core.pauses import Closed
from core.posting import Address
from core.sources import Draft
from tests.conftest import NOW
from tests.discordserver import Server, labels, open_server
from tests.queued import states

pytestmark = pytest.mark.mostly_one_database
MANAGES = permissions.MANAGE_CHANNELS
BECAUSE = "I may not send messages there"


class Mod:
    """A mod of two channels, who reads a third one in which notices stand."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.discord = server.discord
        guild = self.discord.guilds[0]
        self.log = self.discord.add_channel(guild, "log")
        self.lounge = self.discord.add_channel(guild, "lounge")
        self.ada = self.discord.add_user("ada")
        self.discord.allow(self.ada, server.news, MANAGES)
        self.discord.allow(self.ada, self.lounge, MANAGES)

    async def close(self, address: Address) -> Message:
        """Let a channel follow something, be closed to the bot, and have that told."""
        async with self.server.room.database.write() as db:
            await subscriptions.follow(db, address, ["openai"], by=self.ada.id, now=NOW)
            await pauses.pause_at(db, address, BECAUSE, now=NOW)
            number = await subscriptions.saved(db, address)
            await pauses.tell(db, [number], now=NOW)
        notice = compose.closed_channels([Closed(number, address, BECAUSE, NOW)])
        where = replace(address, channel=self.log.id)
        posted = await self.server.room.poster.post(where, notice, key="notice")
        return self.server.standing(posted.message_id, self.log)

    async def press(self, message: Message, label: str, where: Channel | None = None) -> Message:
        """Press a button in the log channel, or where it stands; return what only Ada sees then."""
        [button] = [it for it in message.buttons if it.get("label") == label]
        where = where or self.log
        await self.discord.press(self.ada, where, message, button["custom_id"])
        return self.discord.private(self.ada, where)[-1]

    async def follows(self, channel: Channel | str) -> tuple[str, ...]:
        """Return what a channel follows, by the database."""
        number = channel if isinstance(channel, str) else channel.id
        address = replace(self.server.address, channel=number)
        async with self.server.room.database.read() as db:
            return (await subscriptions.following(db, address)).topics


@pytest.fixture
async def mod(database: Database) -> AsyncIterator[Mod]:
    async with open_server(database) as server:
        yield Mod(server)


async def test_a_closed_channel_is_moved_by_a_choice_and_back_by_a_press(mod: Mod) -> None:
    notice = await mod.close(mod.server.address)

    asked = await mod.press(notice, "Move to another channel")
    [listed] = [it for it in asked.components if it["type"] == 8]
    where = (mod.ada, mod.log, asked, listed["custom_id"])
    await mod.discord.choose(*where, [mod.lounge.id])

    assert (await mod.follows(mod.server.news), await mod.follows(mod.lounge)) == ((), ("openai",))
    moved = mod.discord.private(mod.ada, mod.log)[-1]
    assert moved.says(f"<#{mod.lounge.id}>")
    await mod.press(moved, "Undo")
    assert (await mod.follows(mod.server.news), await mod.follows(mod.lounge)) == (("openai",), ())


async def test_a_move_can_be_typed_and_takes_the_right_in_both(mod: Mod) -> None:
    await mod.close(mod.server.address)
    options = {"to": mod.lounge.id, "channel": mod.server.news.id}
    for channel in (mod.server.news, mod.lounge):
        mod.discord.allow(mod.ada, channel, 0)
        await mod.discord.type_command(mod.ada, mod.log, "channel move", options)
        assert mod.discord.private(mod.ada, mod.log)[-1].says("Manage Channels")
        assert await mod.follows(mod.server.news) == ("openai",)
        mod.discord.allow(mod.ada, channel, MANAGES)

    await mod.discord.type_command(mod.ada, mod.log, "channel move", options)

    assert (await mod.follows(mod.server.news), await mod.follows(mod.lounge)) == ((), ("openai",))


async def test_where_the_bot_may_not_post_the_move_names_the_right(mod: Mod) -> None:
    await mod.close(mod.server.address)
    allowed = permissions.BOT & ~permissions.SEND_MESSAGES
    shut = mod.discord.add_channel(mod.discord.guilds[0], "shut", bot_permissions=allowed)
    mod.discord.allow(mod.ada, shut, MANAGES)

    options = {"to": shut.id}
    await mod.discord.type_command(mod.ada, mod.server.news, "channel move", options)

    said = mod.discord.private(mod.ada, mod.server.news)[-1]
    assert said.says("Allow the bot Send Messages in this channel's permissions.")
    assert "Check again" in labels(said)
    assert await mod.follows(mod.server.news) == ("openai",)


async def test_a_closed_channel_is_removed_and_that_undone(mod: Mod) -> None:
    notice = await mod.close(mod.server.address)

    removed = await mod.press(notice, "Remove")
    assert await mod.follows(mod.server.news) == ()
    await mod.press(removed, "Undo")

    assert await mod.follows(mod.server.news) == ("openai",)


async def test_a_notice_is_muted_and_checked_again(mod: Mod) -> None:
    notice = await mod.close(mod.server.address)

    muted = await mod.press(notice, "Mute this notice")
    assert muted.says(BECAUSE)
    undone = await mod.press(muted, "Undo")
    assert undone.says("come again")
    async with mod.server.room.database.write() as db:
        assert not await mutes.unmute(db, mod.server.address)

    again = await mod.press(notice, "Check again")
    assert again.says("I post here again")


async def test_who_may_not_set_the_channel_up_presses_in_vain(mod: Mod) -> None:
    notice = await mod.close(mod.server.address)
    mod.discord.allow(mod.ada, mod.server.news, 0)

    for label in ("Remove", "Mute this notice", "Check again", "Move to another channel"):
        assert (await mod.press(notice, label)).says("Manage Channels"), label

    assert await mod.follows(mod.server.news) == ("openai",)


async def test_what_a_channel_followed_that_is_gone_is_an_admins(mod: Mod) -> None:
    gone = replace(mod.server.address, channel="99999999")
    notice = await mod.close(gone)
    assert (await mod.press(notice, "Remove")).says("Only members")

    mod.discord.allow(mod.ada, mod.discord.guilds[0], permissions.MANAGE_GUILD)
    await mod.press(notice, "Remove")

    assert await mod.follows(gone.channel) == ()


async def wait_in(mod: Mod, user: User, many: int) -> Message:
    """Let so many stories wait in a paused channel, and return the channel's status."""
    news, database = mod.server.news, mod.server.room.database
    async with database.write() as db:
        await subscriptions.follow(db, mod.server.address, ["llms"], by=user.id, now=NOW)
    await mod.discord.type_command(user, news, "channel pause", {})
    for n in range(many):
        told = Draft(f"Whales sing {n}", f"https://themata.ai/whales/{n}", tags=("llms",), heat=n)
        await Intake(database).take_in(told, source="site", now=datetime.now(UTC))
    await mod.discord.type_command(user, news, "channel status", {})
    return mod.discord.private(user, news)[-1]


async def test_what_waits_is_posted_now_skipped_and_put_back(mod: Mod) -> None:
    status = await wait_in(mod, mod.ada, 7)
    assert status.says("7 stories wait.")

    posted = await mod.press(status, "Post 5 now", mod.server.news)
    assert posted.says("The 5 hottest stories come now")
    assert await states(mod.server.room.database) == ["held"] * 2 + ["waiting"] * 5

    skipped = await mod.press(posted, "Skip", mod.server.news)
    assert await states(mod.server.room.database) == ["dead"] * 2 + ["waiting"] * 5
    await mod.press(skipped, "Undo", mod.server.news)
    assert await states(mod.server.room.database) == ["held"] * 2 + ["waiting"] * 5


async def test_what_waits_is_skipped_by_an_option_too(mod: Mod) -> None:
    await wait_in(mod, mod.ada, 2)

    await mod.discord.type_command(mod.ada, mod.server.news, "channel waiting", {"what": "skip"})

    assert await states(mod.server.room.database) == ["dead"] * 2
