"""Who may see it sees which channels are well, what is wrong with the others, and what mends it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bots.sandbox.discord import permissions
from core import outbox
from core.commands import Caller
from core.db import Database
from core.delivery import DeliveryWorker
from core.desk import Desk
from core.health import LOOKED_BACK, Trouble, of_workspace
from core.intake import Intake
from core.managers import choose_managers
from core.messages import as_text
from core.pauses import Pauses
from core.posting import Refused, Unreachable
from core.sources import Draft
from tests.conftest import NOW
from tests.discordserver import Server, labels, open_server
from tests.fakes import FakePoster
from tests.test_desk import ADA, CHANNEL, KNOWN, Conversation, buttons

DAY = timedelta(days=1)
BOSS = replace(ADA, person="9")
MOD = replace(ADA, is_admin=False)


def at(channel: str, who: Caller = BOSS) -> Caller:
    """Return who asks in another channel."""
    return replace(who, here=replace(CHANNEL, channel=channel))


class Newsroom(Conversation):
    """Several channels of one workspace."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.poster = FakePoster()
        self.desk = Desk(database, KNOWN, clock=lambda: self.now)

    async def tell(self, number: int, tag: str, *errors: Exception) -> None:
        """Let an article come in, and post it."""
        self.poster.errors += errors
        told = Draft(f"{tag} {number}", f"https://themata.ai/{tag}/{number}", tags=(tag,))
        await Intake(self.database).take_in(told, source="site", now=self.now)
        clock = lambda: self.now  # noqa: E731 (the worker's clock)
        await DeliveryWorker(self.database, self.poster, "discord", clock=clock).post_due()

    async def troubles(self) -> dict[str, Trouble | None]:
        """Return what is wrong with each channel."""
        async with self.database.read() as db:
            found = await of_workspace(db, "discord", "1", now=self.now)
        return {it.channel.channel: it.trouble(self.now) for it in found}


@pytest.fixture
def room(database: Database) -> Newsroom:
    """Give a newsroom."""
    return Newsroom(database)


@pytest.mark.mostly_one_database
async def test_each_trouble_is_reached_by_what_happens(room: Newsroom) -> None:
    for channel, tag in (("11", "llms"), ("12", "openai"), ("13", "on-device")):
        await room.type(f"channel follow {tag}", at(channel))
    assert await room.troubles() == dict.fromkeys(("11", "12", "13"))

    room.now += LOOKED_BACK
    await room.tell(1, "llms")
    await room.tell(1, "openai", Refused("the link is blocked"))
    assert await room.troubles() == {"11": None, "12": Trouble.FAILED, "13": Trouble.SILENT}

    await room.tell(2, "llms", Unreachable("the channel is archived"))
    await room.type("channel pause", at("12"))
    await Pauses(room.database).workspace_away("discord", "1")
    assert await room.troubles() == {
        "11": Trouble.CLOSED,
        "12": Trouble.PAUSED,
        "13": Trouble.AWAY,
    }


@pytest.mark.mostly_one_database
async def test_what_was_withdrawn_is_no_failure_and_what_failed_is_forgotten(
    room: Newsroom,
) -> None:
    await room.type("channel follow llms", at("11"))
    room.poster.may_post.set()
    told = Draft("A story", "https://themata.ai/news/1", tags=("llms",))
    await Intake(room.database).take_in(told, source="site", now=room.now)
    async with room.database.write() as db:
        await outbox.withdraw(db, 1)
    assert await room.troubles() == {"11": None}

    await room.tell(2, "llms", Refused("the link is blocked"))
    assert await room.troubles() == {"11": Trouble.FAILED}
    room.now += 4 * DAY
    assert await room.troubles() == {"11": None}


@pytest.mark.mostly_one_database
async def test_an_admin_sees_all_channels_the_ill_ones_first_with_what_mends_them(
    room: Newsroom,
) -> None:
    await room.type("channel follow llms", at("10"))
    for channel in ("11", "12"):
        await room.type("channel follow openai", at(channel))
    await room.type("channel pause", at("12"))

    answer = await room.type("channel status", at("10"))

    lines = as_text(answer).splitlines()
    assert lines[0] == "This channel follows #llms."
    assert lines[-3:] == [
        "2 other channels: something is wrong with 1",
        "#12 · #openai · paused until somebody resumes it",
        "#11 · #openai · well, no posts yet · none waiting",
    ]
    assert buttons(answer) == {"Resume": "channel resume in:12"}


@pytest.mark.mostly_one_database
async def test_a_mod_of_one_channel_sees_no_other(room: Newsroom) -> None:
    await room.type("channel follow llms", at("10"))
    await room.type("channel follow openai", at("11"))

    assert "other channel" not in await room.says("channel status", MOD)


async def test_who_was_chosen_for_other_channels_sees_these(room: Newsroom) -> None:
    for channel, managers in (("11", "r1"), ("12", "r2"), ("13", "anyone")):
        await room.type("channel follow openai", at(channel))
        async with room.database.write() as db:
            await choose_managers(db, replace(CHANNEL, channel=channel), managers)
    mod = replace(MOD, groups=frozenset({"r1"}))

    answer = await room.says("channel status", mod)

    assert "1 other channel" in answer
    assert "#11" in answer


@pytest.mark.mostly_one_database
async def test_other_workspaces_and_direct_messages_are_not_seen(room: Newsroom) -> None:
    await room.type("channel follow llms", at("10"))
    far = replace(BOSS, here=replace(CHANNEL, workspace="2"))
    await room.type("channel follow llms", far)
    await room.type("subscribe llms", replace(BOSS, direct=replace(CHANNEL, channel="9")))

    assert "other channel" not in await room.says("channel status", at("10"))


@pytest.mark.mostly_one_database
async def test_many_channels_have_pages(room: Newsroom) -> None:
    for number in range(11, 19):
        await room.type("channel follow llms", at(f"{number}"))

    first = await room.type("channel status", BOSS)
    second = await room.type(buttons(first)["Next"], BOSS)

    assert "Page 1 of 2" in as_text(first)
    assert [it for it in range(11, 19) if f"#{it}" in as_text(first)] == [*range(11, 16)]
    assert [it for it in range(11, 19) if f"#{it}" in as_text(second)] == [*range(16, 19)]
    assert buttons(second) == {"Previous": "channel status page:1"}


async def test_a_paused_channel_says_so_at_the_top(room: Newsroom) -> None:
    await room.type("channel follow llms", ADA)
    await room.type("channel pause 20:00", ADA)

    answer = await room.type("channel status", ADA)

    assert as_text(answer).splitlines()[1:3] == [
        "This channel is paused. What would come is held, and comes afterwards.",
        "Paused until · 22 Jun 2026, 20:00 UTC",
    ]
    assert buttons(answer) == {"Resume": "channel resume"}
    assert room.now == NOW


@pytest.mark.mostly_one_database
async def test_what_is_answered_about_another_channel_stays_about_it(room: Newsroom) -> None:
    await room.type("channel follow llms", at("11"))
    elsewhere = replace(BOSS, elsewhere=replace(CHANNEL, channel="11"))

    answer = await room.type("channel pause", elsewhere)

    assert as_text(answer).startswith("#11\n")
    assert buttons(answer) == {"Resume": "channel resume in:11"}


@pytest.fixture
async def server(database: Database) -> AsyncIterator[Server]:
    async with open_server(database) as opened:
        opened.discord.permit_everyone(opened.discord.guilds[0], permissions.ALL)
        yield opened


@pytest.mark.mostly_one_database
async def test_on_discord_a_channel_is_mended_from_another_one(server: Server) -> None:
    legal = server.discord.add_channel(server.discord.guilds[0], "legal")
    for words, typed in (("channel follow", {"tags": "openai"}), ("channel pause", {})):
        await server.discord.type_command(server.mia, legal, words, typed)

    status = await server.discord.type_command(server.mia, server.news, "channel status")
    assert f"<#{legal.id}>" in status.text
    assert labels(status.message) == ["Resume"]
    assert status.message
    answer = await server.press(status.message, "Resume")

    assert "I post here again" in answer.text
    assert f"<#{legal.id}>" in answer.text
