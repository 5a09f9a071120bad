"""A mod sees what a channel's rules post: alone, or as a test in the channel."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bots.sandbox.discord import permissions
from core.db import Database
from core.desk import Desk
from core.intake import Intake
from core.messages import Buttons, LinkButton, as_text
from core.posting import Refused, TryLater, Unknown, Unreachable
from core.sources import Draft
from tests.arranged import arranged
from tests.discordserver import Server, labels, open_server
from tests.fakes import FakePoster
from tests.newsroom import IPO
from tests.test_desk import ADA, CHANNEL, KNOWN, MIA, Conversation, buttons, save
from tests.test_slack_sharing import Workplace, only
from tests.test_slack_sharing import work as work  # noqa: PLC0414 (a fixture)

pytestmark = pytest.mark.mostly_one_database

FRESH = "A bench of judges lets a model plead"


class Newsroom(Conversation):
    """A channel in which tests are posted."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.poster = FakePoster()
        self.desk = Desk(
            database,
            KNOWN,
            clock=lambda: self.now,
            posters={"discord": self.poster},
            style="line",
        )


@pytest.fixture
async def room(database: Database) -> Newsroom:
    """Give a channel that follows something, and four stories of this month."""
    await arranged(database, _follow)
    return Newsroom(database)


async def _follow(database: Database) -> None:
    await Newsroom(database).type("channel follow llms heat:50", ADA)
    for day, heat in ((1, 60), (2, 70), (3, 30), (4, 80), (5, 90)):
        await save(database, f"Story {day}", "llms", day=day, heat=heat)


async def test_a_preview_shows_the_last_three_in_the_channels_style_and_the_weeks_number(
    room: Newsroom,
) -> None:
    answer = await room.type("channel preview", ADA)

    lines = as_text(answer).splitlines()
    assert [line[:7] for line in lines[1:4]] == ["Story 5", "Story 4", "Story 2"]
    assert "In the last 7 days: 4 articles" in lines
    assert room.poster.posts == []


async def test_a_preview_has_nothing_to_press_that_acts(room: Newsroom) -> None:
    await room.type("channel follow llms style:card", ADA)

    answer = await room.type("channel preview", ADA)

    pressed = [it for part in answer.parts if isinstance(part, Buttons) for it in part.buttons]
    assert len(pressed) == 3
    assert all(isinstance(it, LinkButton) for it in pressed)


async def test_a_channel_with_digests_sees_one(room: Newsroom) -> None:
    await room.type("channel follow llms when:daily", ADA)

    answer = await room.says("channel preview", ADA)

    assert "AI news: Mon 22 Jun, 4 stories" in answer


async def test_a_rule_that_brings_nothing_says_so(room: Newsroom) -> None:
    await room.type("channel follow llms heat:99", ADA)

    assert "Nothing of the last 7 days" in await room.says("channel preview", ADA)


@pytest.mark.parametrize("words", ["channel preview", "channel test", "channel pause"])
async def test_a_member_may_do_none_of_it(room: Newsroom, words: str) -> None:
    assert "To change this channel you need" in await room.says(words, MIA)
    assert room.poster.posts == []


async def test_a_test_stands_in_the_channel_with_the_newest_story_and_who_asked(
    room: Newsroom,
) -> None:
    answer = await room.type("channel test", ADA)

    [(where, message, _)] = room.poster.posts
    assert where == CHANNEL
    assert as_text(message).startswith("This is a test, asked for by @8\nStory 5")
    assert "The test is posted." in as_text(answer)
    assert "https://chat.example/10/m1" in as_text(answer)


async def test_a_test_without_any_story_says_that_posts_arrive(room: Newsroom) -> None:
    other = replace(ADA, here=replace(CHANNEL, channel="11"))

    await room.type("channel test", other)

    assert "I can post here." in as_text(room.poster.posts[0][1])


async def test_a_channel_bears_one_test_a_minute(room: Newsroom) -> None:
    await room.type("channel test", ADA)
    bob = replace(ADA, person="9")

    assert "within the last minute" in await room.says("channel test", bob)
    assert len(room.poster.posts) == 1

    room.now += timedelta(minutes=1)
    await room.type("channel test", bob)
    assert len(room.poster.posts) == 2


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unreachable("the channel is archived"), "the channel is archived"),
        (Refused("the link is blocked"), "the link is blocked"),
        (TryLater("busy"), "the platform is busy"),
    ],
)
async def test_a_test_that_fails_says_why_and_can_be_tried_again(
    room: Newsroom, error: Exception, told: str
) -> None:
    room.poster.errors.append(error)
    assert f"The test was not posted: {told}." in await room.says("channel test", ADA)

    assert "The test is posted." in await room.says("channel test", ADA)


async def test_a_test_of_which_nobody_knows_is_not_posted_again_at_once(room: Newsroom) -> None:
    room.poster.errors.append(Unknown("the connection broke"))

    assert "it is not known whether" in await room.says("channel test", ADA)
    assert "within the last minute" in await room.says("channel test", ADA)


async def test_where_the_bot_may_not_post_the_step_is_told(room: Newsroom) -> None:
    ada = replace(ADA, bot_may_post=False, step_to_let_bot_post="Invite me here.")

    answer = await room.says("channel test", ada)

    assert "Invite me here. Then type /channel test again." in answer
    assert room.poster.posts == []


async def test_a_test_in_a_paused_channel_offers_to_resume(room: Newsroom) -> None:
    await room.type("channel pause", ADA)

    answer = await room.type("channel test", ADA)

    assert buttons(answer) == {"Resume": "channel resume"}


async def take_in(database: Database) -> None:
    """Let a story come in now."""
    now = datetime.now(UTC)
    told = Draft(FRESH, "https://themata.ai/news/fresh", tags=("openai",))
    await Intake(database).take_in(told, source="site", now=now)


@pytest.fixture
async def server(database: Database) -> AsyncIterator[Server]:
    async with open_server(database) as opened:
        opened.discord.allow(opened.mia, opened.news, permissions.MANAGE_CHANNELS)
        yield opened


async def test_on_discord_a_mod_previews_tests_and_pauses(server: Server) -> None:
    await server.post(IPO)
    await take_in(server.room.database)

    async def say(words: str, **typed: str) -> str:
        answer = await server.discord.type_command(server.mia, server.news, words, typed)
        assert answer.ephemeral
        return answer.text

    assert FRESH in await say("channel preview")
    assert len(server.said()) == 1
    assert "The test is posted." in await say("channel test")
    test = server.said()[-1]
    assert f"This is a test, asked for by <@{server.mia.id}>" in test.text
    assert (test.pings, labels(test)[0]) == ((), "Read")
    assert "This channel is paused." in await say("channel pause", until="8h")
    assert "I post here again" in await say("channel resume")


async def test_on_slack_a_mod_previews_tests_and_pauses(work: Workplace) -> None:
    await work.post(IPO)
    await take_in(work.room.database)
    ada = work.slack.add_user("ada", is_admin=True)

    async def say(words: str) -> str:
        return only(
            await work.slack.type_command(ada, work.channel, "/themata", f"channel {words}")
        ).text

    assert FRESH in await say("preview")
    assert len(work.said()) == 1
    assert "The test is posted." in await say("test")
    assert "This is a test, asked for by @ada" in work.said()[-1].text
    assert work.said()[-1].pings == ()
    assert "This channel is paused." in await say("pause 8h")
    assert "I post here again" in await say("resume")
