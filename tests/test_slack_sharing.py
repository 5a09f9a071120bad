"""On Slack related stories are asked in a message's menu or by a mention, and shared."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from bots.sandbox.slack import Answer, Channel, Limits, Message, SlackStandIn, User
from bots.slack import shortcuts
from bots.slack.bot import SlackBot
from bots.slack.client import web_client
from bots.slack.commands import COMMANDS
from bots.slack.poster import SlackPoster
from core.db import Database
from core.posting import Address
from tests.newsroom import BANKS, IPO, PAGES, Newsroom, newsroom
from tests.readers import objects
from tests.sealing import slack_value

pytestmark = pytest.mark.mostly_one_database


@dataclass
class Workplace:
    """A Slack with a channel, a member, and the bot at work."""

    slack: SlackStandIn
    room: Newsroom
    channel: Channel
    mia: User

    def address(self, channel: Channel | None = None) -> Address:
        """Return a channel as the core knows it."""
        return Address("slack", self.slack.team_id, (channel or self.channel).id)

    async def post(self, *titles: str) -> str:
        """Post these articles in the channel."""
        return await self.room.post(self.address(), *titles)

    async def choose(self, ts: str, channel: Channel | None = None) -> Message:
        """Choose Related stories in the menu of a message."""
        where = channel or self.channel
        answer = await self.slack.choose(self.mia, where, ts, shortcuts.RELATED)
        return only(answer)

    async def related(self, words: str, channel: Channel | None = None) -> Message:
        """Type /related."""
        where = channel or self.channel
        return only(await self.slack.type_command(self.mia, where, "/related", words))

    async def share(self, answer: Message) -> Message:
        """Press Share in channel below a private answer, and return what is then seen."""
        [button] = [it for it in buttons(answer) if it["text"]["text"] == "Share in channel"]
        channel = self.slack._world.channels[answer.channel]
        return only(await self.slack.press(self.mia, channel, answer.ts, button["action_id"]))

    def said(self, channel: Channel | None = None) -> list[Message]:
        """Return what the bot said in a channel for everyone."""
        return [it for it in self.slack.messages((channel or self.channel).id) if it.bot_id]

    def say(self, words: str, thread: str = "") -> str:
        """Let the member write a message."""
        ts = self.slack._world.new_ts()
        said = Message(self.channel.id, ts, self.mia.id, words, thread_ts=thread)
        return self.slack._world.post(said).ts


@pytest.fixture
async def work(database: Database) -> AsyncIterator[Workplace]:
    async with (
        SlackStandIn(limits=Limits.off()) as slack,
        web_client(slack.bot_token, api_url=slack.api_url) as client,
    ):
        slack.commands = COMMANDS
        slack.should_escape = True
        slack.shortcuts = {shortcuts.RELATED: "Related stories", shortcuts.WHY: "Why was this?"}
        room = await newsroom(database, SlackPoster(client, spacing=0), "slack")
        mia = slack.add_user("mia")
        channel = slack.add_channel("ai-news", members=[mia])
        bot = SlackBot(client, slack.app_token, room.desk)
        run = asyncio.create_task(bot.run())
        await bot.connected()
        yield Workplace(slack, room, channel, mia)
        await bot.close()
        await run


def only(answer: Answer) -> Message:
    [message] = answer.messages
    return message


def buttons(message: Message) -> list[dict[str, Any]]:
    return [it for it in objects(list(message.blocks)) if it.get("type") == "button"]


def labels(message: Message) -> list[str]:
    return [it["text"]["text"] for it in buttons(message)]


async def test_the_menu_of_a_post_tells_its_member_alone_what_is_related(work: Workplace) -> None:
    answer = await work.choose(await work.post(IPO))

    assert answer.seen_by == work.mia.id
    assert f"Related to “{IPO}”" in answer.text
    assert BANKS in answer.text
    assert labels(answer) == ["Share in channel", "Show why"]


async def test_what_is_shared_stands_in_the_posts_thread_and_pings_nobody(
    work: Workplace,
) -> None:
    post = await work.post(IPO)

    instead = await work.share(await work.choose(post))

    _, shared = work.said()
    assert BANKS in shared.text
    assert shared.text.endswith("Shared by @mia")
    assert shared.thread_ts == post
    assert shared.pings == ()
    assert (shared.unfurl_links, shared.unfurl_media) == (False, False)
    assert labels(shared) == []
    assert instead.text.startswith("Shared in this channel")
    assert labels(instead) == []
    assert len(work.slack.private_messages(work.mia)) == 1


async def test_the_button_below_a_post_leads_there_too(work: Workplace) -> None:
    post = await work.post(IPO)
    action = next(it["action_id"] for it in buttons(work.said()[0]) if "value" in it)
    answer = only(await work.slack.press(work.mia, work.channel, post, action))

    await work.share(answer)

    assert work.said()[-1].thread_ts == post


async def test_what_was_typed_is_shared_as_a_message_of_its_own(work: Workplace) -> None:
    await work.share(await work.related("openai ipo"))

    [shared] = work.said()
    assert "Related to “openai ipo”" in shared.text
    assert shared.thread_ts == ""


async def test_a_second_press_shares_nothing_a_second_time(work: Workplace) -> None:
    answer = await work.related("openai ipo")
    other = await work.related("openai ipo")

    await work.share(answer)
    said = await work.share(other)

    assert "within the last minute" in said.text
    assert said.seen_by == work.mia.id
    assert len(work.said()) == 1


async def test_a_press_that_slack_sends_four_times_shares_once(work: Workplace) -> None:
    answer = await work.related("openai ipo")
    work.slack.copies = 4

    await work.share(answer)

    assert len(work.said()) == 1


async def test_in_direct_messages_nothing_is_offered_or_shared(work: Workplace) -> None:
    direct = work.slack.direct_messages(work.mia)

    answer = await work.related("openai ipo", direct)
    typed = only(await work.slack.type_command(work.mia, direct, "/themata", "share openai ipo"))

    assert BANKS in answer.text
    assert labels(answer) == []
    assert "These are your direct messages" in typed.text
    assert work.said(direct) == []


async def test_a_bot_that_was_put_out_says_how_to_invite_it(work: Workplace) -> None:
    room = work.slack.add_channel("ethics", private=True, members=[work.mia])
    answer = await work.related("openai ipo", room)
    work.slack.remove_bot(room)

    said = await work.share(answer)

    assert "Nothing was shared" in said.text
    assert "/invite @Themata" in said.text
    assert work.said(room) == []


async def test_a_channel_that_is_archived_meanwhile_takes_no_share(work: Workplace) -> None:
    answer = await work.related("openai ipo")
    work.slack.fail_next("chat.postMessage", error="is_archived")

    said = await work.share(answer)

    assert "Nothing was shared: the channel is archived" in said.text
    assert labels(work.slack.private_messages(work.mia)[0]) == ["Share in channel"]


async def test_a_forged_button_gets_nobody_further_than_typing(work: Workplace) -> None:
    for many, (value, said) in enumerate(
        (
            ("share below:1.1 article:1", "Nothing was shared"),
            ("share below:<!channel> article:1", "Nothing related"),
            ("share article:99999999999999999999", "No article stands"),
            ("share", "Related to what?"),
            ("sharing article:1", "older version"),
        ),
        1,
    ):
        answer = only(await _press_forged(work, value))

        assert said in answer.text, value
        assert answer.seen_by == work.mia.id, value
        assert [it.text for it in work.said()] == ["win"] * many, value


async def _press_forged(work: Workplace, value: str) -> Answer:
    text = {"type": "plain_text", "text": "Win"}
    sealed = slack_value(value, work.slack.team_id, work.channel.id)
    button = {"type": "button", "text": text, "action_id": "words:1", "value": sealed}
    client = work.room.poster._client  # type: ignore[attr-defined]  # a test's way in
    made = await client.chat_postMessage(
        channel=work.channel.id, text="win", blocks=[{"type": "actions", "elements": [button]}]
    )
    return await work.slack.press(work.mia, work.channel, made["ts"], "words:1")


async def test_what_everyone_sees_is_never_replaced(work: Workplace) -> None:
    text = {"type": "plain_text", "text": "Win"}
    value = slack_value("share article:1", work.slack.team_id, work.channel.id)
    words = {"action_id": "words:1", "value": value}
    row = {"type": "actions", "elements": [{"type": "button", "text": text, **words}]}
    client = work.room.poster._client  # type: ignore[attr-defined]  # a test's way in
    made = await client.chat_postMessage(channel=work.channel.id, text="win", blocks=[row])

    await work.slack.press(work.mia, work.channel, made["ts"], "words:1")

    assert work.said()[0].text == "win"
    assert work.said()[0].edited_ts == ""


async def test_a_hostile_title_and_name_are_shared_as_mere_words(work: Workplace) -> None:
    hostile = "OpenAI IPO in New York <!channel> <https://evil.example|x> *b* :tada: @here"
    await work.room.save(hostile, "https://themata.ai/news/hostile", "openai")
    work.mia = work.slack.add_user("<!here>_x_ @channel")
    answer = await work.related(PAGES[IPO])

    await work.share(answer)

    [shared] = work.said()
    assert "OpenAI IPO in New York" in shared.text
    assert shared.pings == ()
    assert "evil.example" not in str([link.url for link in shared.links])


async def test_a_persons_message_is_about_its_first_known_link_or_its_words(
    work: Workplace,
) -> None:
    by_link = work.say(f"*look* <https://nowhere.example/x|no> <{PAGES[BANKS]}?utm_source=x>, ok")
    by_words = work.say("what of the *OpenAI* ipo, <@U123>? :tada:")
    empty = work.say("<!channel>")

    assert f"Related to “{BANKS}”" in (await work.choose(by_link)).text
    assert "Related to “what of the OpenAI ipo, ?”" in (await work.choose(by_words)).text
    assert "That is no post of mine" in (await work.choose(empty)).text


async def test_a_message_in_a_thread_is_answered_and_shared_in_that_thread(
    work: Workplace,
) -> None:
    post = await work.post(IPO)
    below = work.say(f"see <{PAGES[BANKS]}>", post)

    answer = await work.choose(below)
    await work.share(answer)

    assert answer.thread_ts == post
    assert work.said()[-1].thread_ts == post


async def test_a_menu_works_where_the_bot_is_no_member(work: Workplace) -> None:
    away = work.slack.add_channel("ethics", private=True, bot_is_member=False, members=[work.mia])
    ts = work.slack._world.new_ts()
    work.slack._world.post(Message(away.id, ts, work.mia.id, "openai ipo"))

    answer = await work.choose(ts, away)

    assert BANKS in answer.text
    assert labels(answer) == []


async def test_a_post_whose_delivery_is_forgotten_is_known_by_its_button(work: Workplace) -> None:
    await work.post(IPO)
    [post] = work.said()
    client = work.room.poster._client  # type: ignore[attr-defined]  # a test's way in
    again = await client.chat_postMessage(
        channel=work.channel.id, text=post.text, blocks=list(post.blocks)
    )

    assert f"Related to “{IPO}”" in (await work.choose(again["ts"])).text


async def test_a_menu_that_slack_tells_of_four_times_is_answered_once(work: Workplace) -> None:
    post = await work.post(IPO)
    work.slack.copies = 4

    await work.choose(post)

    assert len(work.slack.private_messages(work.mia)) == 1


@pytest.mark.parametrize("words", ["", "related", "Related?"])
async def test_a_mention_in_a_posts_thread_is_answered_there_for_all(
    work: Workplace, words: str
) -> None:
    post = await work.post(IPO)

    answer = only(await work.slack.mention(work.mia, work.channel, words, post))

    assert f"Related to “{IPO}”" in answer.text
    assert (answer.seen_by, answer.thread_ts) == ("", post)
    assert answer.pings == ()
    assert "Share in channel" not in labels(answer)


async def test_a_mention_with_a_link_or_words_is_answered_about_these_in_its_thread(
    work: Workplace,
) -> None:
    by_link = only(
        await work.slack.mention(work.mia, work.channel, f"what of {PAGES[BANKS]} please?")
    )
    by_words = only(await work.slack.mention(work.mia, work.channel, "related openai ipo"))

    assert f"Related to “{BANKS}”" in by_link.text
    assert "Related to “openai ipo”" in by_words.text
    asked = [it.ts for it in work.slack.messages(work.channel.id) if not it.bot_id]
    assert [by_link.thread_ts, by_words.thread_ts] == asked
    assert (by_link.seen_by, by_words.seen_by) == ("", "")


async def test_a_mention_that_comes_four_times_is_answered_once(work: Workplace) -> None:
    work.slack.copies = 4

    await work.slack.mention(work.mia, work.channel, "related openai ipo")

    assert len(work.said()) == 1


async def test_what_cannot_be_told_all_is_told_who_asked_alone(work: Workplace) -> None:
    unknown = only(await work.slack.mention(work.mia, work.channel, "see https://nowhere.example/"))
    several = only(
        await work.slack.mention(work.mia, work.channel, "", await work.post(IPO, BANKS))
    )

    assert "No article stands" in unknown.text
    assert labels(several) == ["1", "2"]
    assert [unknown.seen_by, several.seen_by] == [work.mia.id] * 2


async def test_other_bots_are_not_answered(work: Workplace) -> None:
    post = await work.post(IPO)
    said = {"type": "app_mention", "text": "related openai", "channel": work.channel.id}

    await work.slack.event({**said, "ts": "1.1", "user": "U9", "bot_id": "B9", "thread_ts": post})
    await work.related("openai ipo")

    assert len(work.said()) == 1


async def test_other_words_stay_private(work: Workplace) -> None:
    answer = only(await work.slack.mention(work.mia, work.channel, "subscriptions"))

    assert answer.seen_by == work.mia.id
    assert work.said() == []
