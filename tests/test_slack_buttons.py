"""What pressed buttons do on Slack."""

from collections.abc import AsyncIterator

import pytest

from bots.slack.poster import SlackPoster
from bots.slack.render import as_payload
from bots.slack.sealing import sealed
from core.commands import Related
from core.messages import Buttons, LinkButton, Message, Picture, Story, Text, WordsButton
from core.posting import Address
from core.seals import FOR_THIS_RUN
from tests.discordbot import PNG
from tests.readers import objects
from tests.test_slack_bot import Workplace, running, workplace

CARD = Message(
    (
        Story("Meta pauses", "It stops for now.", ()),
        Buttons(
            (
                LinkButton("Read", "https://news.example/pause", ""),
                WordsButton("Related", "related article:12"),
                WordsButton("Follow here", "channel follow meta"),
            )
        ),
    )
)


@pytest.fixture
async def work() -> AsyncIterator[Workplace]:
    async with workplace() as work, running(work.bot()):
        yield work


async def card(work: Workplace) -> str:
    address = Address("slack", work.slack.team_id, work.channel.id)
    return (await SlackPoster(work.client, spacing=0).post(address, CARD, key="1")).message_id


async def test_a_button_does_what_its_words_say(work: Workplace) -> None:
    ts = await card(work)

    answer = await work.slack.press(work.mia, work.channel, ts, "words:2")

    assert work.desk.asked[0][0] == Related("article:12")
    assert answer.messages[0].seen_by == work.mia.id


async def test_a_pressed_message_stays_as_it_is(work: Workplace) -> None:
    ts = await card(work)
    (before,) = work.slack.messages(work.channel.id)

    await work.slack.press(work.mia, work.channel, ts, "words:2")

    assert work.slack.messages(work.channel.id) == [before]


async def test_a_button_that_opens_a_page_needs_no_answer(work: Workplace) -> None:
    ts = await card(work)

    answer = await work.slack.press(work.mia, work.channel, ts, "open:1")

    assert answer.messages == ()
    assert work.desk.asked == []


@pytest.mark.parametrize(
    "button",
    [
        {"action_id": "words:1", "value": "dance"},
        {"action_id": "words:1"},
        {"action_id": "v0-subscribe", "value": "subscribe llms"},
    ],
)
async def test_a_button_of_another_version_says_so(work: Workplace, button: dict[str, str]) -> None:
    shown = {"type": "button", "text": {"type": "plain_text", "text": "Old"}, **button}
    row = {"type": "actions", "elements": [shown]}
    old = await work.client.chat_postMessage(channel=work.channel.id, text="old", blocks=[row])

    answer = await work.slack.press(work.mia, work.channel, old["ts"], button["action_id"])

    assert "This button is from an older version" in answer.messages[0].text
    assert work.desk.asked == []


async def test_an_admin_who_is_none_any_more_cannot_use_an_old_button(work: Workplace) -> None:
    work.slack.change_user(work.mia, is_admin=True)
    ts = await card(work)

    await work.slack.press(work.mia, work.channel, ts, "words:3")
    work.slack.change_user(work.mia, is_admin=False)
    await work.slack.press(work.mia, work.channel, ts, "words:3")

    assert [caller.may_manage for _, caller in work.desk.asked] == [True, False]


PAGE = Message((Text("Page 1"), Buttons((WordsButton("Next", "search page:2 upto:9 a"),))))


async def test_a_page_of_a_private_answer_is_turned_in_its_place(work: Workplace) -> None:
    work.slack.join(work.mia, work.channel)
    here = Address("slack", work.slack.team_id, work.channel.id)
    shown_there = sealed(as_payload(PAGE), FOR_THIS_RUN, here)
    await work.client.chat_postEphemeral(channel=work.channel.id, user=work.mia.id, **shown_there)
    (shown,) = work.slack.private_messages(work.mia)

    answer = await work.slack.press(work.mia, work.channel, shown.ts, "words:1")

    (turned,) = work.slack.private_messages(work.mia)
    assert (turned.ts, turned.text) == (shown.ts, "You asked for Search")
    assert answer.messages == (turned,)


async def test_a_page_of_what_everyone_sees_is_answered_beside_it(work: Workplace) -> None:
    address = Address("slack", work.slack.team_id, work.channel.id)
    posted = await SlackPoster(work.client, spacing=0).post(address, PAGE, key="1")

    answer = await work.slack.press(work.mia, work.channel, posted.message_id, "words:1")

    assert answer.messages[0].seen_by == work.mia.id
    assert work.slack.messages(work.channel.id)[0].text.startswith("Page 1")


async def test_a_picture_of_our_own_is_left_out() -> None:
    with_picture = Message((*PAGE.parts, Picture(PNG, "Bar chart.")))

    assert as_payload(with_picture) == as_payload(PAGE)


def test_what_a_button_keeps_is_sealed_whatever_it_says() -> None:
    here = Address("slack", "T1", "C1")
    words = 'search "quoted" \\ <b> s\u00f8k \u2603'
    said = Message(
        (Text('"action_id": "words:1", "value": "help"'), Buttons((WordsButton("A", words),)))
    )

    shown = sealed(as_payload(said), FOR_THIS_RUN, here)

    (button,) = [it for it in objects(shown["blocks"]) if it.get("type") == "button"]
    assert button["value"] == FOR_THIS_RUN.seal(words, here)
    assert shown["text"] == as_payload(said)["text"]
