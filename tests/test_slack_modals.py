"""The form to follow tags on Slack, and what is pressed in modals."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.commands import Subscribe
from core.db import Database
from core.localtime import Rhythm
from core.rules import Terms
from tests.slackdesk import Office, labels, office, press, settled, words_of
from tests.test_slack_bot import Workplace, running, workplace

pytestmark = pytest.mark.mostly_one_database

DAILY = Rhythm("daily", 9 * 60)


@pytest.fixture
async def work(database: Database) -> AsyncIterator[Office]:
    async with office(database) as opened:
        yield opened


@pytest.fixture
async def away() -> AsyncIterator[Workplace]:
    """Give a workplace whose desk answers when it is told to."""
    async with workplace() as work, running(work.bot()):
        yield work


async def form(work: Office, command: str = "/subscribe", text: str = "") -> str:
    """Let Mia open the form; return the id of its view."""
    answer = await work.slack.type_command(work.mia, work.channel, command, text)
    assert answer.view is not None
    return str((await settled(work.slack, work.mia))["id"])


async def send(work: Office, view: str) -> Any:
    """Let Mia send the form; return what is shown in its place."""
    sent = await work.slack.forms.send(work.mia, view)
    assert not sent.errors
    return await settled(work.slack, work.mia)


async def choose(work: Office, view: str, *tags: str) -> None:
    """Let Mia type each tag, and choose it."""
    for tag in tags:
        await work.slack.forms.suggestions(work.mia, view, "tags", tag)
    work.slack.forms.fill(work.mia, view, "tags", tags)


@pytest.mark.parametrize(("command", "text"), [("/subscribe", ""), ("/themata", "subscribe")])
async def test_who_names_no_tag_gets_a_form(work: Office, command: str, text: str) -> None:
    await form(work, command, text)

    shown = work.slack.forms.modal(work.mia)
    assert shown
    assert shown["title"]["text"] == "Follow tags"
    assert "There it is Monday, 22 June, 14:00" in words_of(shown)
    zone = shown["state"]["values"]["zone"]["zone"]["selected_option"]
    assert zone["value"] == "Europe/Berlin"


async def test_words_that_name_a_tag_still_do(work: Office) -> None:
    answer = await work.slack.type_command(work.mia, work.channel, "/subscribe", "llms")

    assert answer.view is None
    assert set((await work.follows(work.mia)).rules) == {"llms"}


async def test_tags_are_offered_while_they_are_typed(work: Office) -> None:
    view = await form(work)
    before = len(work.slack.acknowledged_after)
    offered = [await work.slack.forms.suggestions(work.mia, view, "tags", "gp") for _ in range(5)]

    assert [[it["value"] for it in found] for found in offered] == [["llms"]] * 5
    # The quickest of them: the others may have waited for the machine.
    assert min(work.slack.acknowledged_after[before:]) < 0.3


async def test_a_form_that_is_sent_does_what_its_words_would(work: Office) -> None:
    view = await form(work)
    await choose(work, view, "llms", "openai")

    answer = await send(work, view)

    assert last_asked(work) == Subscribe(("llms", "openai", "when:daily", "09:00"))
    follows = await work.follows(work.mia)
    assert follows.rules == {"llms": Terms(rhythm=DAILY), "openai": Terms(rhythm=DAILY)}
    assert follows.zone == "Europe/Berlin"
    assert "You now follow #llms and #openai" in words_of(answer)


def last_asked(work: Office) -> object:
    """Return the last command that the desk was asked."""
    return work.desk.asked[-1][0]


@pytest.mark.parametrize(
    ("way", "time", "rhythm"),
    [
        ("now", "09:00", None),
        ("weekly mon", "18:30", Rhythm("weekly", 18 * 60 + 30, 0)),
    ],
)
async def test_how_tags_come_is_chosen_in_the_form(
    work: Office, way: str, time: str, rhythm: Rhythm | None
) -> None:
    view = await form(work)
    await choose(work, view, "llms")
    work.slack.forms.fill(work.mia, view, "way", way)
    work.slack.forms.fill(work.mia, view, "time", time)

    await send(work, view)

    assert (await work.follows(work.mia)).rules == {"llms": Terms(rhythm=rhythm)}


async def test_another_zone_can_be_chosen(work: Office) -> None:
    view = await form(work)
    await choose(work, view, "llms")
    offered = await work.slack.forms.suggestions(work.mia, view, "zone", "toky")
    work.slack.forms.fill(work.mia, view, "zone", offered[0]["value"])

    answer = await send(work, view)

    assert (await work.follows(work.mia)).zone == "Asia/Tokyo"
    assert "Times are those of Asia/Tokyo" in words_of(answer)


async def test_a_tag_that_does_not_exist_is_told_in_the_form(work: Office) -> None:
    view = await form(work)
    offered = await work.slack.forms.suggestions(work.mia, view, "tags", "qqqqqqqq")
    work.slack.forms.fill(work.mia, view, "tags", ["qqqqqqqq"])

    sent = await work.slack.forms.send(work.mia, view)

    assert offered[0]["text"]["text"] == "No tag is called “qqqqqqqq”"
    assert "There is no tag called “qqqqqqqq”" in sent.errors["tags"]
    assert work.slack.forms.modal(work.mia)
    assert not (await work.follows(work.mia)).rules


async def test_the_answer_in_a_modal_can_be_undone_there(work: Office) -> None:
    view = await form(work)
    await choose(work, view, "llms")
    followed = await send(work, view)

    answer = await press(work, work.mia, followed, "Undo")

    assert "You no longer follow #llms" in words_of(answer)
    assert labels(answer) == ["Undo"]
    assert not (await work.follows(work.mia)).rules


async def test_the_shortcut_opens_the_form_anywhere(work: Office) -> None:
    await work.slack.forms.shortcut(work.mia, "follow_tags")

    shown = await settled(work.slack, work.mia)
    assert shown["title"]["text"] == "Follow tags"
    assert "Type the beginning of a tag" in words_of(shown)


async def test_the_form_begins_with_how_other_tags_come(work: Office) -> None:
    await work.slack.type_command(
        work.mia, work.channel, "/subscribe", "llms when:weekly fri 07:15"
    )

    await form(work)

    shown = work.slack.forms.modal(work.mia)
    assert shown
    standing = shown["state"]["values"]
    assert standing["way"]["way"]["selected_option"]["value"] == "weekly fri"
    assert "A digest every Friday" in words_of(shown)
    assert standing["time"]["time"]["selected_time"] == "07:15"


async def test_if_no_form_can_be_shown_the_words_are_told(work: Office) -> None:
    work.slack.fail_next("views.open", error="expired_trigger_id")

    answer = await work.slack.type_command(work.mia, work.channel, "/subscribe")

    assert "Which tag?" in answer.messages[0].text


async def test_a_modal_says_that_it_waits_and_is_changed_when_the_answer_is_there(
    away: Workplace,
) -> None:
    view = await opened_form(away)
    away.desk.is_free.clear()

    waiting = await away.slack.forms.send(away.mia, view)
    away.desk.is_free.set()
    shown = await settled(away.slack, away.mia)

    assert "One moment" in words_of(waiting.view)
    assert "You asked for Subscribe" in words_of(shown)


async def opened_form(away: Workplace) -> str:
    """Let Mia open the form and choose a tag."""
    answer = await away.slack.type_command(away.mia, away.channel, "/subscribe")
    assert answer.view
    view = str((await settled(away.slack, away.mia))["id"])
    await away.slack.forms.suggestions(away.mia, view, "tags", "llms")
    away.slack.forms.fill(away.mia, view, "tags", ["llms"])
    return view


async def test_what_breaks_is_told_in_the_modal(away: Workplace) -> None:
    view = await opened_form(away)
    away.desk.error = RuntimeError("the shelf fell down")

    await away.slack.forms.send(away.mia, view)

    assert "Something broke on my side" in words_of(await settled(away.slack, away.mia))


async def test_a_modal_of_another_version_explains_itself(away: Workplace) -> None:
    view = await opened_form(away)
    away.slack.modals[view]["private_metadata"] = "v9 something else"

    sent = await away.slack.forms.send(away.mia, view)

    assert "older version" in words_of(sent.view)
    assert away.desk.asked == []
