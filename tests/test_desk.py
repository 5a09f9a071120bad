"""The desk does what it is asked, says what holds now, and how to undo it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from core import claims, outcomes, pauses, queueing, stories, subscriptions, workspaces
from core.commands import Caller, parse
from core.db import Database
from core.desk import Desk, Suggestion
from core.messages import Buttons, Message, WordsButton, as_text
from core.pauses import Pauses
from core.posting import Address
from core.sources import Draft, NamedStory
from core.tables import deliveries
from tests.conftest import NOW
from tests.queued import tagged

CHANNEL = Address("discord", "1", "10")
MIA = Caller("7", CHANNEL, Address("discord", "@me", "7"))
ADA = replace(
    MIA, person="8", direct=Address("discord", "@me", "8"), may_manage=True, is_admin=True
)
KNOWN = {"llms": ["llm"], "openai": [], "on-device": [], "data-privacy": []}


class Conversation:
    """Types commands and reads answers."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.released = 0
        self.desk = Desk(database, KNOWN, clock=lambda: self.now, when_released=self._count_release)

    def _count_release(self) -> None:
        self.released += 1

    async def type(self, words: str, caller: Caller = MIA) -> Message:
        """Return the answer to these words."""
        return await self.desk.answer(parse(words), caller)

    async def says(self, words: str, caller: Caller = MIA) -> str:
        """Return the answer to these words as text."""
        return as_text(await self.type(words, caller))

    async def follows(self, address: Address) -> tuple[str, ...]:
        """Return what stands in the database."""
        async with self.database.read() as db:
            return (await subscriptions.following(db, address)).topics


@pytest.fixture
async def talk(database: Database) -> Conversation:
    """Give a conversation with the desk."""
    return Conversation(database)


def buttons(message: Message) -> dict[str, str]:
    return {
        button.label: button.words
        for part in message.parts
        if isinstance(part, Buttons)
        for button in part.buttons
        if isinstance(button, WordsButton)
    }


def _page(title: str) -> str:
    return f"https://themata.ai/news/{title.replace(' ', '-').lower()}"


async def save(database: Database, title: str, *tags: str, day: int = 1, **more: object) -> int:
    told = Draft(
        title=title,
        url=_page(title),
        tags=tags,
        published_at=datetime(2026, 6, day, tzinfo=UTC),
    )
    async with database.write() as db:
        saved = await stories.save_new(db, replace(told, **more), source="site", now=NOW)  # type: ignore[arg-type]  # the test names real fields
    assert saved is not None
    return saved.id


@pytest.mark.mostly_one_database
async def test_a_member_follows_a_tag_and_hears_what_holds_and_how_to_stop(
    talk: Conversation,
) -> None:
    answer = await talk.type("subscribe LLM")

    assert as_text(answer).splitlines() == [
        "You now follow #llms.",
        "Each new article comes to you as a direct message, as soon as it is out.",
        "In the last 7 days there was no such article",
        "To stop, type /unsubscribe llms",
    ]
    assert buttons(answer) == {"Undo": "unsubscribe llms"}
    assert await talk.follows(MIA.direct) == ("llms",)


async def test_a_repeat_changes_nothing_and_says_so(talk: Conversation) -> None:
    await talk.type("subscribe llms")

    answer = await talk.says("subscribe llms openai")

    assert "You now follow #openai." in answer
    assert "You already follow #llms." in answer
    assert await talk.follows(MIA.direct) == ("llms", "openai")


@pytest.mark.mostly_one_database
async def test_undo_takes_the_change_back(talk: Conversation) -> None:
    answer = await talk.type("subscribe llms openai")

    await talk.type(buttons(answer)["Undo"])

    assert await talk.follows(MIA.direct) == ()


@pytest.mark.mostly_one_database
async def test_an_unknown_tag_offers_the_nearest(talk: Conversation) -> None:
    answer = await talk.type("subscribe on-devise")

    assert "There is no tag called “on-devise”. Did you mean #on-device?" in as_text(answer)
    assert buttons(answer) == {"Follow #on-device": "subscribe on-device"}
    assert await talk.follows(MIA.direct) == ()


@pytest.mark.mostly_one_database
async def test_known_tags_are_followed_though_another_is_unknown(talk: Conversation) -> None:
    answer = await talk.says("subscribe llms zzzzz")

    assert "You now follow #llms." in answer
    assert "There is no tag called “zzzzz”." in answer


@pytest.mark.mostly_one_database
async def test_a_tag_is_asked_for_if_none_is_named(talk: Conversation) -> None:
    assert "Which tag?" in await talk.says("subscribe")
    assert "Which tag?" in await talk.says("channel follow", ADA)


@pytest.mark.mostly_one_database
async def test_a_member_stops_one_tag_or_all(talk: Conversation) -> None:
    await talk.type("subscribe llms openai on-device")

    answer = await talk.type("unsubscribe #llms")
    assert as_text(answer).splitlines()[:2] == [
        "You no longer follow #llms.",
        "You still follow #on-device and #openai.",
    ]
    assert buttons(answer) == {"Undo": "subscribe llms"}

    assert "You follow no tags now." in await talk.says("unsubscribe")
    assert "Nothing was changed" in await talk.says("unsubscribe")


@pytest.mark.mostly_one_database
async def test_a_tag_that_no_longer_exists_can_still_be_left(talk: Conversation) -> None:
    async with talk.database.write() as db:
        await subscriptions.follow(db, MIA.direct, ["old-tag"], by="7", now=NOW)

    assert "You no longer follow #old-tag." in await talk.says("unsubscribe old-tag")


@pytest.mark.mostly_one_database
async def test_a_member_whose_messages_are_closed_learns_why_and_resumes_by_subscribing(
    talk: Conversation,
) -> None:
    await talk.type("subscribe llms")
    async with talk.database.write() as db:
        number = await subscriptions.saved(db, MIA.direct)
        await pauses.pause(db, number, "your settings do not let me write to you", now=NOW)

    assert "your settings do not let me" in await talk.says("subscriptions")
    await talk.type("subscribe llms")

    assert "your settings" not in await talk.says("subscriptions")
    assert talk.released == 1


@pytest.mark.mostly_one_database
async def test_a_mod_lets_a_channel_follow_tags(talk: Conversation) -> None:
    answer = await talk.type("channel follow llms openai", ADA)

    assert "This channel now follows #llms and #openai." in as_text(answer)
    assert buttons(answer) == {"Undo": "channel undo 1"}
    assert await talk.follows(CHANNEL) == ("llms", "openai")
    assert await talk.follows(ADA.direct) == ()

    assert "no longer follows #llms" in await talk.says("channel unfollow llms", ADA)
    assert await talk.follows(CHANNEL) == ("openai",)


@pytest.mark.mostly_one_database
async def test_a_member_who_may_not_manage_changes_nothing(talk: Conversation) -> None:
    await talk.type("channel follow openai", ADA)
    right = "the right to manage"
    member = replace(MIA, right_to_manage=right, right_to_administer=right)

    for words in ("follow llms", "unfollow", "status", "resume", "log", "log off"):
        answer = await talk.says(f"channel {words}", member)

        assert "you need the right to manage." in answer, words
    assert await talk.follows(CHANNEL) == ("openai",)


@pytest.mark.mostly_one_database
async def test_a_channel_that_the_bot_cannot_post_in_is_refused_with_the_step(
    talk: Conversation,
) -> None:
    ada = replace(ADA, bot_may_post=False, step_to_let_bot_post="Invite me here.")

    assert "Invite me here. Then type the command again." in await talk.says(
        "channel follow llms", ada
    )
    assert await talk.follows(CHANNEL) == ()


@pytest.mark.mostly_one_database
async def test_direct_messages_are_no_channel(talk: Conversation) -> None:
    alone = replace(ADA, here=ADA.direct)

    assert "This is no channel" in await talk.says("channel follow llms", alone)


@pytest.mark.mostly_one_database
async def test_a_mod_sees_whether_posts_reach_the_channel(talk: Conversation) -> None:
    assert "follows no tags yet" in await talk.says("channel status", ADA)
    await talk.type("channel follow llms", ADA)
    story = await save(talk.database, "A story", "llms")
    async with talk.database.write() as db:
        await queueing.enqueue(db, queueing.Part(story, tagged("llms"), range(99), NOW))
    assert "No posts yet · 1 waiting" in await talk.says("channel status", ADA)

    async with talk.database.write() as db:
        [post] = await claims.claim_due(db, "discord", now=NOW, most=1, claim="c")
        await outcomes.record(db, [outcomes.Posted(post, "m1")], now=NOW)

    assert "Last post · 22 Jun 2026 · none waiting" in await talk.says("channel status", ADA)


async def close(talk: Conversation, address: Address, because: str) -> None:
    async with talk.database.write() as db:
        number = await subscriptions.saved(db, address)
        await pauses.pause(db, number, because, now=talk.now)


@pytest.mark.mostly_one_database
async def test_a_mod_sees_why_nothing_is_posted_since_when_and_what_to_do(
    talk: Conversation,
) -> None:
    await talk.type("channel follow llms", ADA)
    await close(talk, CHANNEL, "the bot may not post in the channel")

    assert (await talk.says("channel status", ADA)).splitlines() == [
        "This channel follows #llms.",
        "Nothing is posted here now: the bot may not post in the channel.",
        "Paused · 22 Jun 2026",
        "When that is mended, type /channel resume",
        "No posts yet · none waiting",
        "To stop, type /channel unfollow llms",
    ]


@pytest.mark.mostly_one_database
async def test_an_outage_asks_nothing_of_a_mod(talk: Conversation) -> None:
    await talk.type("channel follow llms", ADA)
    await Pauses(talk.database).workspace_away("discord", "1")

    answer = await talk.says("channel status", ADA)

    assert "Nothing is posted here now: the platform has an outage here." in answer
    assert "It goes on by itself when that is over." in answer
    assert "resume" not in answer


@pytest.mark.parametrize("words", ["channel resume", "channel follow llms"])
async def test_a_mod_resumes_a_channel_at_once(talk: Conversation, words: str) -> None:
    await talk.type("channel follow llms", ADA)
    await close(talk, CHANNEL, "the channel is gone")

    answer = await talk.says(words, ADA)

    assert "can no longer post" not in answer
    assert "Nothing is posted here" not in await talk.says("channel status", ADA)
    assert talk.released == 1


@pytest.mark.mostly_one_database
async def test_a_mod_hears_that_nothing_was_paused(talk: Conversation) -> None:
    await talk.type("channel follow llms", ADA)

    assert "This channel was not paused. Nothing was changed." in await talk.says(
        "channel resume", ADA
    )
    assert talk.released == 0


@pytest.mark.mostly_one_database
async def test_p1_a_mod_hears_of_closed_channels_once_with_the_next_answer(
    talk: Conversation,
) -> None:
    other = replace(ADA, here=replace(CHANNEL, channel="11"))
    far = replace(ADA, here=replace(CHANNEL, workspace="2"))
    for mod in (ADA, other, far):
        await talk.type("channel follow llms", mod)
    for mod in (ADA, other, far):
        await close(talk, mod.here, "the bot may not post in the channel")
    member = replace(MIA, here=replace(CHANNEL, channel="12"))
    mod = replace(ADA, here=member.here)

    assert "can no longer post" not in await talk.says("help", member)
    answer = (await talk.says("subscribe llms", mod)).splitlines()
    assert answer[:6] == [
        "I can no longer post in 2 channels:",
        "#10 · the bot may not post in the channel · 22 Jun 2026",
        "#11 · the bot may not post in the channel · 22 Jun 2026",
        "What they follow is kept, and new stories wait for 24 hours.",
        "When that is mended, type /channel resume there.",
        "You now follow #llms.",
    ]
    assert "can no longer post" not in await talk.says("help", mod)


@pytest.mark.mostly_one_database
async def test_p1_the_status_of_a_closed_channel_tells_of_it_too(talk: Conversation) -> None:
    await talk.type("channel follow llms", ADA)
    await close(talk, CHANNEL, "the channel is gone")

    assert "can no longer post" not in await talk.says("channel status", ADA)
    assert "can no longer post" not in await talk.says("help", ADA)


@pytest.mark.mostly_one_database
async def test_p9_a_member_hears_once_that_their_messages_are_closed(talk: Conversation) -> None:
    await talk.type("subscribe llms")
    await close(talk, MIA.direct, "your settings do not let me write to you")

    assert "do not reach you" not in await talk.says("help", ADA)
    assert (await talk.says("tags")).splitlines()[:3] == [
        (
            "My direct messages do not reach you: your settings do not let me write to you."
            " What you follow is kept."
        ),
        "Closed · 22 Jun 2026",
        "When that is mended, type /subscribe and one of your tags.",
    ]
    assert "do not reach you" not in await talk.says("tags")


@pytest.mark.mostly_one_database
async def test_p9_where_a_step_opens_direct_messages_it_is_told(talk: Conversation) -> None:
    await talk.type("subscribe llms")
    await close(talk, MIA.direct, "they are turned off")

    answer = await talk.says("tags", replace(MIA, step_to_open_direct="Turn them on."))

    assert "Turn them on. Then type /subscribe and one of your tags." in answer


async def log_channel(talk: Conversation) -> str:
    async with talk.database.read() as db:
        return await workspaces.log_channel(db, "discord", "1")


@pytest.mark.mostly_one_database
async def test_a_mod_chooses_the_log_channel(talk: Conversation) -> None:
    answer = await talk.type("channel log", ADA)

    assert "When I can no longer post in a channel, I say so here, once." in as_text(answer)
    assert buttons(answer) == {"Undo": "channel log off"}
    assert await log_channel(talk) == "10"
    other = replace(ADA, here=replace(CHANNEL, channel="11"))
    assert "This was not the log channel. Nothing was changed." in await talk.says(
        "channel log off", other
    )

    answer = await talk.type("channel log off", ADA)

    assert "This is no longer the log channel, and there is no other one." in as_text(answer)
    assert buttons(answer) == {"Undo": "channel log"}
    assert await log_channel(talk) == ""


@pytest.mark.mostly_one_database
async def test_a_channel_is_not_resumed_before_the_bot_can_post_in_it(talk: Conversation) -> None:
    await talk.type("channel follow llms", ADA)
    await close(talk, CHANNEL, "the bot may not post in the channel")
    ada = replace(ADA, bot_may_post=False, step_to_let_bot_post="Invite me here.")

    assert "Invite me here." in await talk.says("channel resume", ada)
    assert "Nothing is posted here now" in await talk.says("channel status", ADA)
    assert talk.released == 0


@pytest.mark.mostly_one_database
async def test_notices_need_a_channel_that_the_bot_can_post_in(talk: Conversation) -> None:
    ada = replace(ADA, bot_may_post=False, step_to_let_bot_post="Invite me here.")

    assert "Invite me here." in await talk.says("channel log", ada)
    assert await log_channel(talk) == ""


@pytest.mark.mostly_one_database
async def test_r7_a_first_subscription_posts_nothing_of_what_is_already_there(
    talk: Conversation,
) -> None:
    for number in range(30):
        await save(talk.database, f"Story {number}", "llms")

    await talk.type("channel follow llms", ADA)
    await talk.type("subscribe llms")

    async with talk.database.read() as db:
        assert await db.scalar(sa.select(sa.func.count()).select_from(deliveries)) == 0


@pytest.mark.mostly_one_database
async def test_tags_are_told_with_their_articles_and_learned_from_them(
    talk: Conversation,
) -> None:
    await save(talk.database, "A story", "llms", "gpus")

    assert "#gpus 1, #llms 1, #data-privacy, #on-device, #openai" in await talk.says("tags")

    await save(talk.database, "Another", "robots")
    talk.now += timedelta(minutes=1)
    assert "You now follow #robots." in await talk.says("subscribe robots")


@pytest.mark.mostly_one_database
async def test_tags_are_offered_while_one_is_typed(talk: Conversation) -> None:
    await save(talk.database, "A story", "llms", "gpus")

    assert await talk.desk.suggest("ll") == (Suggestion("llms", "llms (1 article)"),)
    assert len(await talk.desk.suggest("")) == 5


async def test_the_latest_articles_are_shown(talk: Conversation) -> None:
    assert "There are no articles yet." in await talk.says("latest")
    for day in range(1, 8):
        await save(talk.database, f"Story {day}", "llms" if day % 2 else "openai", day=day)

    newest = await talk.says("latest")
    assert [line[:7] for line in newest.splitlines()[1:]] == [
        f"Story {day}" for day in (7, 6, 5, 4, 3)
    ]
    assert "Story 6" not in await talk.says("latest #llms")
    assert "Latest articles about #llms" in await talk.says("latest llms")
    assert "Did you mean #openai" in await talk.says("latest openay")


@pytest.mark.mostly_one_database
async def test_related_stories_are_those_the_page_names_and_those_with_its_tags(
    talk: Conversation,
) -> None:
    await save(talk.database, "Opt out", "work", day=3)
    older = "A bank finds its own customers on a server"
    newer = "A clinic finds its own patients in an archive"
    await save(talk.database, older, "data-privacy", day=1)
    await save(talk.database, newer, "data-privacy", day=2)
    await save(talk.database, "Other news", "gpus")
    named = (NamedStory("Opt out"), NamedStory("Elsewhere", url="https://example.com/e"))
    summary = "A leak shows what employees typed. The company looks into it."
    leak = await save(
        talk.database, "The leak", "data-privacy", day=4, related=named, summary=summary
    )

    lines = (await talk.says(f"related article:{leak}")).splitlines()

    assert lines == [
        "Related to “The leak”",
        "Opt out · named by the page https://themata.ai/news/opt-out",
        "Elsewhere · named by the page https://example.com/e",
        f"{newer} · 2 Jun 2026 · also #data-privacy {_page(newer)}",
        f"{older} · 1 Jun 2026 · also #data-privacy {_page(older)}",
    ]
    assert lines == (await talk.says("related https://themata.ai/news/the-leak")).splitlines()


async def test_related_stories_are_found_by_words(talk: Conversation) -> None:
    await save(talk.database, "Meta tracks employees", "data-privacy", day=1)
    await save(talk.database, "Meta opens an office", day=2)
    await save(talk.database, "A robot walks", day=3)

    lines = (await talk.says("related Meta, employees?")).splitlines()

    assert [line.partition(" · ")[0] for line in lines[1:]] == [
        "Meta tracks employees",
        "Meta opens an office",
    ]


@pytest.mark.mostly_one_database
async def test_every_other_question_has_an_answer(talk: Conversation) -> None:
    for words, told in (
        ("related", "Related to what?"),
        ("related https://example.com/unknown", "No article stands at this link."),
        ("related article:99", "No article stands at this link."),
        ("related article:99999999999999999999999", "No article stands at this link."),
        ("related zzzz", "Nothing related to “zzzz” was found."),
        ("related %_%", "Nothing related to"),
        ("what", "That is not something I know."),
        ("help", "/channel follow llms"),
    ):
        assert told in await talk.says(words), words


@pytest.mark.mostly_one_database
async def test_answers_name_commands_as_they_are_typed_here(talk: Conversation) -> None:
    elsewhere = replace(MIA, prefix="/themata ")

    assert "/themata unsubscribe llms" in await talk.says("subscribe llms", elsewhere)
    assert "/themata channel follow llms" in await talk.says("help", elsewhere)
