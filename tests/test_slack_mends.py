"""What mends a channel to which posts do not come, pressed on Slack by those who may."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bots.sandbox.slack import Channel, Limits, Message, SlackStandIn, User, inputs
from bots.slack.bot import SlackBot
from bots.slack.client import web_client
from bots.slack.commands import COMMANDS
from bots.slack.poster import SlackPoster
from core import compose, pauses, subscriptions
from core.db import Database
from core.desk import Desk
from core.intake import Intake
from core.pauses import Closed
from core.posting import Address
from core.sources import Draft
from tests.conftest import NOW
from tests.queued import states
from tests.slackdesk import office, press, settled, until, words_of

pytestmark = pytest.mark.mostly_one_database
BECAUSE = "the channel is archived; unarchive it, or choose another channel"


@dataclass
class Mod:
    """A workspace in which Ada created two channels, and reads a third one with notices."""

    slack: SlackStandIn
    poster: SlackPoster
    database: Database
    ada: User
    news: Channel
    lounge: Channel
    log: Channel

    def at(self, channel: Channel) -> Address:
        """Return where posts go in this channel."""
        return Address("slack", self.slack.team_id, channel.id)

    async def close(self) -> str:
        """Let a channel follow something, be closed to the bot, and have that told; say where."""
        at = self.at(self.news)
        async with self.database.write() as db:
            await subscriptions.follow(db, at, ["openai"], by=self.ada.id, now=NOW)
            await pauses.pause_at(db, at, BECAUSE, now=NOW)
            number = await subscriptions.saved(db, at)
            await pauses.tell(db, [number], now=NOW)
        notice = compose.closed_channels([Closed(number, at, BECAUSE, NOW)])
        return (await self.poster.post(self.at(self.log), notice, key="notice")).message_id

    async def type(self, words: str, where: Channel) -> Message:
        """Type a command, and return what only Ada sees then."""
        await self.slack.type_command(self.ada, where, "/themata", words)
        return self.seen

    async def press(self, where: Channel, ts: str, label: str, chosen: str = "") -> Message:
        """Press the button with this label, or choose in the list; return what Ada sees then."""
        standing = [*self.slack.messages(where.id), *self.slack.private_messages(self.ada)]
        blocks = next(it for it in standing if it.ts == ts).blocks
        used = [
            (block, it)
            for block in blocks
            for it in (*block.get("elements", ()), block.get("accessory", {}))
            if (it.get("type") == "conversations_select" and chosen)
            or (it.get("type") == "button" and it["text"]["text"] == label)
        ]
        [(block, element)] = used
        ids = (self.ada, where, ts, element["action_id"], chosen)
        await self.slack.press(*ids, block_id=block["block_id"])
        return self.seen

    @property
    def seen(self) -> Message:
        """The last that only Ada sees."""
        return self.slack.private_messages(self.ada)[-1]

    async def follows(self, channel: Channel) -> tuple[str, ...]:
        """Return what a channel follows, by the database."""
        async with self.database.read() as db:
            return (await subscriptions.following(db, self.at(channel))).topics


@pytest.fixture
async def mod(database: Database) -> AsyncIterator[Mod]:
    async with (
        SlackStandIn(limits=Limits.off()) as slack,
        web_client(slack.bot_token, api_url=slack.api_url) as client,
    ):
        slack.commands, slack.should_escape = COMMANDS, True
        poster, ada = SlackPoster(client, spacing=0), slack.add_user("ada")
        made = [slack.add_channel(it, creator=ada) for it in ("news", "lounge")]
        log = slack.add_channel("log", members=[ada])
        known: dict[str, list[str]] = {"llms": [], "openai": []}
        desk = Desk(database, known, clock=lambda: NOW, posters={"slack": poster})
        bot = SlackBot(client, slack.app_token, desk)
        run = asyncio.create_task(bot.run())
        await bot.connected()
        yield Mod(slack, poster, database, ada, made[0], made[1], log)
        await bot.close()
        await run


async def test_a_closed_channel_is_moved_by_a_choice_and_back_by_a_press(mod: Mod) -> None:
    notice = await mod.close()

    asked = await mod.press(mod.log, notice, "Move to another channel")
    moved = await mod.press(mod.log, asked.ts, "", mod.lounge.id)

    assert (await mod.follows(mod.news), await mod.follows(mod.lounge)) == ((), ("openai",))
    await mod.press(mod.log, moved.ts, "Undo")
    assert (await mod.follows(mod.news), await mod.follows(mod.lounge)) == (("openai",), ())


@pytest.mark.parametrize(
    "typed", ["to:#lounge in:#news", "#lounge in:#news", "in:#news to:#lounge"]
)
async def test_a_move_can_be_typed_with_the_names_of_channels(mod: Mod, typed: str) -> None:
    await mod.close()

    await mod.type(f"channel move {typed}", mod.log)

    assert (await mod.follows(mod.news), await mod.follows(mod.lounge)) == ((), ("openai",))


async def test_a_move_takes_the_right_in_the_other_channel_too(mod: Mod) -> None:
    await mod.close()
    other = mod.slack.add_channel("other", creator=mod.slack.add_user("bo"), members=[mod.ada])

    await mod.type(f"channel move to:{other.id} in:{mod.news.id}", mod.log)

    assert (await mod.follows(mod.news), await mod.follows(other)) == (("openai",), ())


async def test_where_the_bot_is_no_member_the_step_is_named(mod: Mod) -> None:
    await mod.close()
    shut = mod.slack.add_channel("shut", creator=mod.ada, private=True, bot_is_member=False)

    said = await mod.type(f"channel move to:{shut.id} in:{mod.news.id}", mod.log)

    assert await mod.follows(mod.news) == ("openai",)
    assert "need" in said.text or "/invite" in said.text


async def test_a_closed_channel_is_removed_muted_and_checked_again(mod: Mod) -> None:
    notice = await mod.close()

    removed = await mod.press(mod.log, notice, "Remove")
    assert await mod.follows(mod.news) == ()
    await mod.press(mod.log, removed.ts, "Undo")
    assert await mod.follows(mod.news) == ("openai",)

    muted = await mod.press(mod.log, notice, "Mute this notice")
    assert "I say no more that I cannot post" in muted.text
    unmuted = await mod.press(mod.log, muted.ts, "Undo")
    assert "come again" in unmuted.text
    again = await mod.press(mod.log, notice, "Check again")
    assert "I post here again" in again.text


async def test_what_waits_is_posted_now_skipped_and_put_back(mod: Mod) -> None:
    async with mod.database.write() as db:
        await subscriptions.follow(db, mod.at(mod.news), ["llms"], by=mod.ada.id, now=NOW)
    await mod.type("channel pause", mod.news)
    for n in range(7):
        told = Draft(f"Whales sing {n}", f"https://themata.ai/whales/{n}", tags=("llms",), heat=n)
        await Intake(mod.database).take_in(told, source="site", now=NOW)

    status = await mod.type("channel status", mod.news)
    assert "7 stories wait." in status.text
    posted = await mod.press(mod.news, status.ts, "Post 5 now")
    assert await states(mod.database) == ["held"] * 2 + ["waiting"] * 5
    skipped = await mod.press(mod.news, posted.ts, "Skip")
    assert await states(mod.database) == ["dead"] * 2 + ["waiting"] * 5
    await mod.press(mod.news, skipped.ts, "Undo")
    assert await states(mod.database) == ["held"] * 2 + ["waiting"] * 5


async def test_a_closed_channel_is_moved_from_its_settings_too(database: Database) -> None:
    async with office(database) as work:
        lounge = work.slack.add_channel("lounge", creator=work.ada)
        await work.let_follow(work.channel, "llms", by=work.ada.id)
        async with database.write() as db:
            await pauses.pause_at(db, work.address(work.channel), BECAUSE, now=NOW)
        await work.slack.type_command(work.ada, work.channel, "/themata", "channel settings")
        shown = await settled(work.slack, work.ada)

        asked = await press(work, work.ada, shown, "Move to another channel")
        [(block, listed)] = [
            it for it in inputs.elements(asked) if it[1]["type"] == "conversations_select"
        ]
        ids = (asked["id"], listed["action_id"], lounge.id)
        await work.slack.forms.press(work.ada, *ids, block_id=block["block_id"])
        moved = work.slack.modals
        await until(work.slack, lambda: "no longer follows" in words_of(moved[asked["id"]]))

        assert (await work.follows(lounge)).topics == ("llms",)
        assert (await work.follows(work.channel)).topics == ()
