"""What people type on Slack, and what they get from it."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.slack import commands
from bots.slack.commands import COMMANDS
from core.commands import (
    ChannelFollow,
    ChannelStatus,
    Command,
    Help,
    Latest,
    Related,
    Subscribe,
    Subscriptions,
    Unclear,
    Unsubscribe,
)
from core.posting import Address
from tests.test_slack_bot import Workplace, running, workplace


@pytest.fixture
async def work() -> AsyncIterator[Workplace]:
    async with workplace() as work, running(work.bot()):
        yield work


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/themata", Help()),
        ("/themata help", Help()),
        ("/themata latest llms", Latest("llms")),
        ("/themata subscribe llms, privacy", Subscribe(("llms", "privacy"))),
        ("/themata subscriptions", Subscriptions()),
        ("/themata dance", Unclear("dance")),
        ("/subscribe llms", Subscribe(("llms",))),
        ("/subscribe #ai-news", Subscribe(("#ai-news",))),
        ("/unsubscribe llms\u00a0privacy", Unsubscribe(("llms", "privacy"))),
        ("/related https://news.example/a?b=1&c=2", Related("https://news.example/a?b=1&c=2")),
        ("/related \u201cAT&T\u201d <now>", Related('"AT&T" <now>')),
    ],
)
async def test_what_is_typed_reaches_the_desk_as_a_command(
    work: Workplace, typed: str, meant: Command
) -> None:
    command, _, text = typed.partition(" ")

    answer = await work.slack.type_command(work.mia, work.channel, command, text)

    assert [asked for asked, _ in work.desk.asked] == [meant]
    (reply,) = answer.messages
    assert reply.seen_by == work.mia.id
    assert type(meant).__name__ in reply.text


async def test_a_caller_is_named_by_their_place_and_their_direct_messages(
    work: Workplace,
) -> None:
    await work.slack.type_command(work.mia, work.channel, "/subscribe", "llms")

    ((_, caller),) = work.desk.asked
    assert caller.person == work.mia.id
    assert caller.here == Address("slack", work.slack.team_id, work.channel.id)
    assert caller.direct == Address("slack", work.slack.team_id, work.mia.id)
    assert caller.prefix == "/themata "


async def test_slack_is_not_asked_for_rights_that_do_not_matter(work: Workplace) -> None:
    await work.slack.type_command(work.mia, work.channel, "/subscribe", "llms")

    assert not {"users.info", "conversations.info"} & {call.method for call in work.slack.requests}


async def test_a_command_in_direct_messages_is_asked_from_there(work: Workplace) -> None:
    direct = work.slack.direct_messages(work.mia)

    answer = await work.slack.type_command(work.mia, direct, "/subscribe", "llms")

    ((_, caller),) = work.desk.asked
    assert caller.here == caller.direct
    assert answer.messages


async def test_a_mention_is_answered_to_its_writer_alone(work: Workplace) -> None:
    answer = await work.slack.mention(work.mia, work.channel, "latest llms")

    assert work.desk.asked[0][0] == Latest("llms")
    assert answer.messages[0].seen_by == work.mia.id
    assert not answer.messages[0].thread_ts


async def test_a_mention_in_a_thread_is_answered_there(work: Workplace) -> None:
    story = await work.client.chat_postMessage(channel=work.channel.id, text="A story")

    answer = await work.slack.mention(work.mia, work.channel, "help", story["ts"])

    assert work.desk.asked[0][0] == Help()
    assert answer.messages[0].thread_ts == story["ts"]


async def test_other_bots_are_not_answered(work: Workplace) -> None:
    said = {"type": "app_mention", "text": "help", "ts": "1.1", "channel": work.channel.id}

    await work.slack.event({**said, "user": "U9", "bot_id": "B9"})
    await work.slack.event(said)
    await work.slack.type_command(work.mia, work.channel, "/themata", "tags")

    assert len(work.desk.asked) == 1


async def test_the_bot_acknowledges_before_it_works(work: Workplace) -> None:
    work.desk.is_free.clear()

    async with work.slack.held("response_url") as hold:
        typed = asyncio.create_task(
            work.slack.type_command(work.mia, work.channel, "/themata", "help")
        )
        await work.desk.was_asked.wait()
        work.desk.is_free.set()
        await hold.arrived()

    assert (await typed).messages


@pytest.mark.parametrize(
    ("rights", "may"),
    [
        ({}, False),
        ({"is_admin": True}, True),
        ({"is_owner": True}, True),
        ({"is_primary_owner": True}, True),
        ({"is_admin": True, "is_restricted": True}, False),
        ({"is_admin": True, "is_ultra_restricted": True}, False),
        ({"is_admin": True, "deleted": True}, False),
    ],
)
async def test_who_may_manage_is_asked_of_slack(
    work: Workplace, *, rights: dict[str, bool], may: bool
) -> None:
    work.slack.change_user(work.mia, **rights)

    await work.slack.type_command(work.mia, work.channel, "/themata", "channel follow llms")

    ((command, caller),) = work.desk.asked
    assert command == ChannelFollow(("llms",))
    assert caller.may_manage == may
    assert caller.bot_may_post


async def test_who_created_a_channel_may_manage_it_and_no_other(work: Workplace) -> None:
    kim = work.slack.add_user("kim")
    channel = work.slack.add_channel("ethics", creator=work.mia)

    await work.slack.type_command(work.mia, channel, "/themata", "channel status")
    await work.slack.type_command(kim, channel, "/themata", "channel status")

    assert work.desk.asked[0][0] == ChannelStatus()
    assert [caller.may_manage for _, caller in work.desk.asked] == [True, False]


@pytest.mark.parametrize("creates", [True, False])
async def test_people_of_another_workspace_never_manage(work: Workplace, *, creates: bool) -> None:
    eve = work.slack.add_user("eve", team_id="T9", is_admin=True)
    channel = work.slack.add_channel("shared", creator=eve if creates else None, members=[eve])

    await work.slack.type_command(eve, channel, "/themata", "channel follow llms")

    assert not work.desk.asked[0][1].may_manage


@pytest.mark.parametrize("method", ["users.info", "conversations.info"])
async def test_nobody_manages_while_slack_does_not_say_who_may(
    work: Workplace, method: str
) -> None:
    channel = work.slack.add_channel("ethics", creator=work.mia)
    work.slack.fail_next(method, error="internal_error")

    await work.slack.type_command(work.mia, channel, "/themata", "channel follow llms")

    assert not work.desk.asked[0][1].may_manage


@pytest.mark.parametrize(
    ("kind", "may"),
    [
        ("public, inside", True),
        ("public, outside, any public", True),
        ("public, outside", False),
        ("private, inside", True),
        ("private, outside, any public", False),
    ],
)
async def test_the_bot_says_where_it_may_post(kind: str, *, may: bool) -> None:
    async with workplace() as work:
        if "any public" not in kind:
            work.slack.scopes = [s for s in work.slack.scopes if s != "chat:write.public"]
        private, inside = "private" in kind, "inside" in kind
        channel = work.slack.add_channel(
            "ethics", private=private, bot_is_member=inside, members=[work.mia]
        )

        async with running(work.bot()):
            await work.slack.type_command(work.mia, channel, "/themata", "channel follow llms")

    ((_, caller),) = work.desk.asked
    assert caller.bot_may_post == may
    assert "/invite @Themata" in caller.step_to_let_bot_post


async def test_an_error_is_told_with_a_reference_that_is_in_the_log(
    work: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    work.desk.error = RuntimeError("the shelf fell down")

    answer = await work.slack.type_command(work.mia, work.channel, "/themata", "tags")

    (ref,) = re.findall(r"reference: (\w+)", answer.messages[0].text)
    assert f"ref {ref}" in caplog.text
    assert "the shelf fell down" not in answer.messages[0].text


async def test_a_reply_whose_layout_is_refused_comes_as_text(work: Workplace) -> None:
    work.slack.fail_next("response_url", error="invalid_blocks", status=400)

    answer = await work.slack.type_command(work.mia, work.channel, "/themata", "help")

    assert answer.messages[0].blocks == ()
    assert "Help" in answer.messages[0].text


async def test_a_reply_that_is_lost_does_not_stop_the_bot(
    work: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    event = {"type": "app_mention", "user": work.mia.id, "channel": work.channel.id, "ts": "1.1"}
    work.slack.drop_next("response_url", after_commit=True)
    work.slack.fail_next("chat.postEphemeral", error="user_not_in_channel")

    await work.slack.type_command(work.mia, work.channel, "/themata", "help")
    await work.slack.event({**event, "text": "help"})
    answer = await work.slack.type_command(work.mia, work.channel, "/themata", "tags")

    assert answer.messages
    assert work.slack.bot_token not in caplog.text


def test_the_manifest_names_the_commands_that_the_bot_listens_to() -> None:
    manifest = (Path(commands.__file__).parent / "manifest.yaml").read_text()

    assert set(re.findall(r"- command: (\S+)", manifest)) == set(COMMANDS)
    assert manifest.count("should_escape: true") == len(COMMANDS)
    assert manifest.count("usage_hint: ") == len(COMMANDS)


async def test_the_manifest_asks_for_what_the_stand_in_gives(work: Workplace) -> None:
    manifest = (Path(commands.__file__).parent / "manifest.yaml").read_text()
    asked = manifest.partition("    bot:\n")[2].partition("\nsettings:")[0]

    assert set(re.findall(r"- (\S+)", asked)) == set(work.slack.scopes)
