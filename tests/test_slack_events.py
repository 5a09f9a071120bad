"""What Slack tells the bot of channels, of itself, and more than once."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bots.sandbox.slack import SlackStandIn
from bots.slack import events
from bots.slack.bot import SlackBot
from bots.slack.events import CLOSING, LEAVING, OPENING
from bots.slack.repeats import Taken
from core.posting import PlatformClosed
from tests.reachability import FakeReachability
from tests.test_slack_bot import Workplace, running, workplace


class Gates(FakeReachability):
    """A listener that can be kept waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def until(self, count: int) -> list[tuple[str, ...]]:
        """Wait until it was told so many things, but not for ever."""
        async with asyncio.timeout(20):
            return await super().until(count)

    async def _keep(self, *told: str) -> None:
        await self.may_go_on.wait()
        await super()._keep(*told)


@pytest.fixture
async def work() -> AsyncIterator[Workplace]:
    async with workplace() as work:
        work.slack.subscribed = (*OPENING, *CLOSING, *LEAVING)
        yield work


@pytest.fixture
def gates() -> Gates:
    return Gates()


def bot_at(work: Workplace, gates: Gates) -> SlackBot:
    return SlackBot(
        work.client, work.slack.app_token, work.desk, reachability=gates, first_wait=0.001
    )


@asynccontextmanager
async def told(work: Workplace, gates: Gates) -> AsyncIterator[list[tuple[str, ...]]]:
    """Run a bot; what it told, after the first word, is complete when the block has ended."""
    heard: list[tuple[str, ...]] = []
    async with running(bot_at(work, gates)):
        yield heard
    heard += gates.told[1:]


async def test_a_bot_that_comes_says_that_the_workspace_is_there(
    work: Workplace, gates: Gates
) -> None:
    async with running(bot_at(work, gates)):
        pass

    assert gates.told == [("joined", "slack", work.slack.team_id)]


@pytest.mark.parametrize("private", [True, False])
async def test_p3_an_archived_channel_closes_and_opens_again(
    work: Workplace, gates: Gates, *, private: bool
) -> None:
    channel = work.slack.add_channel("team", private=private)
    here = ("slack", work.slack.team_id, channel.id)

    async with told(work, gates) as heard:
        work.slack.archive(channel)
        await gates.until(2)
        work.slack.unarchive(channel)
        await gates.until(3)

    because = "the channel is archived; unarchive it, or choose another channel"
    assert heard == [("closed", *here, because), ("opened", *here)]


@pytest.mark.parametrize("private", [True, False])
async def test_p3_a_channel_closes_to_a_bot_that_is_removed_and_opens_when_it_is_invited(
    work: Workplace, gates: Gates, *, private: bool
) -> None:
    channel = work.slack.add_channel("team", private=private)
    here = ("slack", work.slack.team_id, channel.id)

    async with told(work, gates) as heard:
        work.slack.remove_bot(channel)
        await gates.until(3)  # Slack says it in two ways
        work.slack.invite_bot(channel)
        await gates.until(4)

    because = "Themata is not in this channel; type /invite @Themata in the channel"
    assert heard == [("closed", *here, because)] * 2 + [("opened", *here)]


@pytest.mark.parametrize("private", [True, False])
async def test_p1_a_deleted_channel_closes(work: Workplace, gates: Gates, *, private: bool) -> None:
    channel = work.slack.add_channel("team", private=private)

    async with told(work, gates) as heard:
        work.slack.delete_channel(channel)
        await gates.until(2)

    because = "the channel was deleted; choose another channel"
    assert heard == [("closed", "slack", work.slack.team_id, channel.id, because)]


@pytest.mark.parametrize("kind", ["member_joined_channel", "member_left_channel"])
async def test_other_people_who_come_and_go_change_nothing(
    work: Workplace, gates: Gates, kind: str
) -> None:
    async with told(work, gates) as heard:
        await work.slack.event({"type": kind, "user": work.mia.id, "channel": work.channel.id})

    assert heard == []


async def test_an_event_is_acknowledged_before_it_is_dealt_with(
    work: Workplace, gates: Gates
) -> None:
    event = {"type": "channel_unarchive", "channel": work.channel.id, "user": work.mia.id}

    async with told(work, gates) as heard:
        gates.may_go_on.clear()
        await work.slack.event(event)
        was_dealt_with = len(gates.told) > 1
        gates.may_go_on.set()

    assert not was_dealt_with
    assert len(heard) == 1


async def test_p6_an_uninstalled_app_leaves_and_ends_with_a_sentence(
    work: Workplace, gates: Gates
) -> None:
    bot = bot_at(work, gates)
    run = asyncio.create_task(bot.run())
    await bot.connected()
    calls = len(work.slack.requests)

    work.slack.uninstall()

    with pytest.raises(PlatformClosed, match="removed from the Slack workspace: install"):
        await asyncio.wait_for(run, 20)
    assert set(gates.told[1:]) == {("left", "slack", work.slack.team_id)}
    assert len(work.slack.requests) == calls
    await work.slack.connected(0)


async def test_p6_an_idle_bot_notices_a_revoked_token_when_its_connection_is_renewed(
    work: Workplace, gates: Gates
) -> None:
    bot = bot_at(work, gates)
    run = asyncio.create_task(bot.run())
    await bot.connected()
    calls = len(work.slack.requests)
    work.slack.revoke_token("token_revoked")

    await work.slack.disconnect("refresh_requested")

    with pytest.raises(PlatformClosed, match=r"THEMATA_SLACK_BOT_TOKEN.*token_revoked"):
        await asyncio.wait_for(run, 20)
    assert len(work.slack.requests) == calls + 1


async def test_a_persons_revoked_token_is_not_the_bots(work: Workplace, gates: Gates) -> None:
    tokens = {"oauth": [work.mia.id], "bot": []}

    async with told(work, gates) as heard:
        await work.slack.event({"type": "tokens_revoked", "tokens": tokens})
        answer = await work.slack.type_command(work.mia, work.channel, "/themata", "help")

    assert answer.messages
    assert heard == []


async def test_without_anyone_to_tell_the_bot_still_ends_when_it_is_uninstalled(
    work: Workplace,
) -> None:
    bot = work.bot()
    run = asyncio.create_task(bot.run())
    await bot.connected()

    work.slack.archive(work.channel)
    work.slack.uninstall()

    with pytest.raises(PlatformClosed, match="removed"):
        await asyncio.wait_for(run, 20)


async def test_n11_a_command_that_is_sent_four_times_is_answered_once(
    work: Workplace, gates: Gates
) -> None:
    work.slack.copies = 4

    async with running(bot_at(work, gates)):
        await work.slack.type_command(work.mia, work.channel, "/subscribe", "llms")

    assert len(work.desk.asked) == 1
    assert len(work.slack.private_messages(work.mia)) == 1


async def test_n11_a_mention_that_comes_as_several_events_is_answered_once(
    work: Workplace, gates: Gates
) -> None:
    said = {"user": work.mia.id, "text": f"<@{work.slack.bot_user_id}> help", "ts": "1.000001"}
    event = {"type": "app_mention", "channel": work.channel.id, **said}
    work.slack.join(work.mia, work.channel)

    async with running(bot_at(work, gates)):
        await asyncio.gather(*(work.slack.event(event) for _ in range(4)))
        await asyncio.wait_for(work.desk.was_asked.wait(), 20)

    assert len(work.desk.asked) == 1


async def test_n11_an_event_that_is_sent_four_times_changes_one_thing(
    work: Workplace, gates: Gates
) -> None:
    work.slack.copies = 4

    async with told(work, gates) as heard:
        await work.slack.event({"type": "channel_unarchive", "channel": work.channel.id})

    assert heard == [("opened", "slack", work.slack.team_id, work.channel.id)]


def test_two_commands_with_the_same_words_are_two() -> None:
    taken = Taken()

    assert taken.is_new({"command": "/themata", "trigger_id": "1"})
    assert taken.is_new({"command": "/themata", "trigger_id": "2"})
    assert not taken.is_new({"command": "/themata", "trigger_id": "1"})


def test_what_has_no_name_is_always_new() -> None:
    taken = Taken()

    assert [taken.is_new({"type": "anything"}) for _ in range(2)] == [True, True]


def test_only_the_last_are_remembered() -> None:
    taken = Taken(most=2)

    new = [taken.is_new({"event_id": name}) for name in "abcba"]

    assert new == [True, True, True, False, True]


def test_every_optional_scope_of_the_manifest_is_among_its_scopes() -> None:
    manifest = (Path(events.__file__).parent / "manifest.yaml").read_text(encoding="utf-8")
    scopes, _, optional = manifest.partition("bot_optional:\n")
    optional = optional.partition("settings:")[0]

    asked = re.findall(r"- (\S+)", optional)
    assert asked == ["channels:history", "groups:history", "im:history", "usergroups:read"]
    assert all(f"      - {scope}\n" in scopes for scope in asked)


async def test_an_app_that_did_not_subscribe_is_told_nothing(work: Workplace, gates: Gates) -> None:
    work.slack.subscribed = ("channel_unarchive",)

    async with told(work, gates) as heard:
        work.slack.archive(work.channel)
        work.slack.unarchive(work.channel)
        await gates.until(2)

    assert [what[0] for what in heard] == ["opened"]


async def test_what_happens_while_no_app_listens_is_not_heard() -> None:
    async with SlackStandIn() as slack:
        slack.subscribed = ("channel_archive",)

        slack.archive(slack.add_channel("ai-news"))

        assert slack.requests == ()
