"""Members see what they follow, hold it, change it and stop it, each by one press."""

from datetime import timedelta

import pytest

from core import subscriptions
from core.delivery import DeliveryWorker
from core.intake import Intake
from core.messages import as_text
from core.rules import Terms
from core.sources import Draft
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.test_desk import ADA, MIA, Conversation, buttons, save
from tests.test_desk import talk as talk  # noqa: PLC0414 (a fixture)

pytestmark = pytest.mark.mostly_one_database


async def terms(talk: Conversation) -> dict[str, Terms]:
    """Return what the member follows, as it stands in the database."""
    async with talk.database.read() as db:
        return dict((await subscriptions.following(db, MIA.direct)).rules)


async def test_a_member_sees_a_row_for_each_tag(talk: Conversation) -> None:
    assert "You follow no tags yet." in await talk.says("subscriptions")

    await talk.type("subscribe llms heat:60")
    answer = await talk.type("subscriptions")

    assert as_text(answer).splitlines() == [
        "You follow, by direct message:",
        "#llms (heat 60 or more)",
    ]
    assert buttons(answer) == {
        "Change": "change llms",
        "Pause a week": "subscribe llms pause:1w",
        "Unfollow": "unsubscribe llms",
    }


async def test_what_has_no_row_is_told_with_what_to_type(talk: Conversation) -> None:
    async with talk.database.write() as db:
        tags = [f"tag-{number}" for number in range(8)]
        await subscriptions.follow(db, MIA.direct, tags, by="7", now=NOW)

    answer = await talk.says("subscriptions")

    assert "And #tag-6 and #tag-7." in answer
    assert "To stop, type /unsubscribe tag-6 tag-7" in answer


async def test_a_tag_is_paused_for_a_week_and_resumed(talk: Conversation) -> None:
    await talk.type("subscribe llms openai")

    paused = await talk.type("subscribe llms pause:1w")
    shown = await talk.type("subscriptions")

    until = (await terms(talk))["llms"].paused_until
    assert until
    assert timedelta(days=7) < until - NOW <= timedelta(days=7, minutes=1)
    assert (await terms(talk))["openai"] == Terms()
    assert buttons(paused)["Undo"] == "subscribe llms pause:off"
    assert buttons(shown)["Resume"] == "subscribe llms pause:off"
    await talk.type("subscribe llms pause:off")
    assert await terms(talk) == {"llms": Terms(), "openai": Terms()}


async def test_a_pause_that_is_over_is_not_shown(talk: Conversation) -> None:
    await talk.type("subscribe llms pause:2h")

    talk.now += timedelta(hours=3)

    assert "Paused" not in await talk.says("subscriptions")


async def test_a_member_holds_everything_and_lets_it_come_again(talk: Conversation) -> None:
    await talk.type("subscribe llms openai")

    answer = await talk.type("snooze 2h")

    assert "Nothing comes to you for now." in as_text(answer)
    assert buttons(answer) == {"Resume now": "snooze off"}
    assert {it.paused_until for it in (await terms(talk)).values()} != {None}
    assert buttons(await talk.type("subscriptions"))["Resume all"] == "snooze off"
    assert "New articles come to you again" in await talk.says("snooze off")
    assert await terms(talk) == {"llms": Terms(), "openai": Terms()}


@pytest.mark.parametrize("typed", ["snooze", "snooze soonish"])
async def test_until_when_is_asked_with_buttons(talk: Conversation, typed: str) -> None:
    await talk.type("subscribe llms")

    answer = await talk.type(typed)

    assert "How long should nothing come to you?" in as_text(answer)
    assert list(buttons(answer).values()) == ["snooze 2h", "snooze tomorrow", "snooze 1w"]
    assert await terms(talk) == {"llms": Terms()}


async def test_who_follows_nothing_has_nothing_to_hold(talk: Conversation) -> None:
    assert "You follow no tags yet." in await talk.says("snooze 2h")


async def test_a_tag_is_changed_by_pressing_what_it_is_not_yet(talk: Conversation) -> None:
    await talk.type("subscribe llms heat:60")

    answer = await talk.type("change llms")

    assert as_text(answer).startswith("#llms: heat 60 or more.")
    offered = buttons(answer)
    assert "Take heat 60" not in offered
    assert offered["Send a daily digest"] == "subscribe llms when:daily 09:00"
    for words in offered.values():
        assert "I do not understand" not in await talk.says(words)


async def test_what_is_not_followed_cannot_be_changed(talk: Conversation) -> None:
    assert "You follow no tags yet." in await talk.says("change llms")


async def test_stop_under_an_article_stops_what_brought_it(talk: Conversation) -> None:
    number = await save(talk.database, "A story", "llms", "data-privacy")
    await talk.type("subscribe llms openai")

    answer = await talk.type(f"stop article:{number}")

    assert "You no longer follow #llms." in as_text(answer)
    assert "You still follow #openai." in as_text(answer)
    assert buttons(answer) == {"Undo": "subscribe llms"}


async def test_stop_under_a_digest_shows_what_can_be_stopped(talk: Conversation) -> None:
    await talk.type("subscribe llms openai")

    assert buttons(await talk.type("stop"))["Unfollow"] == "unsubscribe openai"
    await talk.type("unsubscribe openai")
    assert "You no longer follow #llms." in await talk.says("stop")


async def test_every_direct_message_has_a_stop_button_and_no_channels_post(
    talk: Conversation,
) -> None:
    await talk.type("subscribe llms")
    await talk.type("channel follow llms", ADA)
    poster = FakePoster()
    worker = DeliveryWorker(talk.database, poster, "discord", clock=lambda: talk.now)
    draft = Draft(title="A story", url="https://themata.ai/news/a", tags=("llms",), summary="So.")

    await Intake(talk.database).take_in(draft, source="site", now=NOW)
    await worker.post_due()

    posted = {address: buttons(message) for address, message, _ in poster.posts}
    assert posted[MIA.direct]["Stop"] == "stop article:1"
    assert "Follow #llms" not in posted[MIA.direct]
    assert "Stop" not in posted[ADA.here]
    assert posted[ADA.here]["Follow #llms"] == "subscribe llms"


@pytest.mark.parametrize("rule", ["llms", "llms style:line", "llms when:daily 08:00"])
async def test_several_articles_in_a_direct_message_have_one_stop_button(
    talk: Conversation, rule: str
) -> None:
    await talk.type(f"subscribe {rule}")
    poster = FakePoster()
    worker = DeliveryWorker(talk.database, poster, "discord", clock=lambda: talk.now)

    for number in range(12):
        draft = Draft(title=f"Story {number}", url=f"https://a.example/{number}", tags=("llms",))
        await Intake(talk.database).take_in(draft, source="site", now=NOW)
    talk.now += timedelta(hours=23)
    await worker.post_due()

    (_, message, _) = poster.posts[0]
    assert buttons(message)["Stop"] == "stop"
