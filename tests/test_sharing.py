"""What is shared stands in the channel for everyone: if one may, once, and as it is related now."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core import claims, outcomes, queueing, subscriptions
from core.commands import Caller, Related, RelatedTo, Share, parse, parse_mention
from core.db import Database
from core.desk import Desk, Shared
from core.messages import Buttons, Lines, Mention, Message, WordsButton, as_text
from core.posting import Address, Refused, TryLater, Unknown, Unreachable
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.queued import tagged
from tests.test_desk import buttons, save

pytestmark = pytest.mark.mostly_one_database

CHANNEL = Address("discord", "1", "10")
MIA = Caller("7", CHANNEL, Address("discord", "@me", "7"), may_post=True)
POST = replace(CHANNEL, thread="m1")


class Sharers:
    """A desk that posts to a list, and a time that goes on when it is told to."""

    def __init__(self, database: Database, *errors: Exception | None) -> None:
        self.database = database
        self.now = NOW
        self.poster = FakePoster(*errors)
        posters = {"discord": self.poster}
        self.desk = Desk(database, {}, clock=lambda: self.now, posters=posters)  # type: ignore[arg-type]  # a dict's keys are invariant

    async def share(self, words: str, caller: Caller = MIA) -> Shared:
        """Share as a button with these words does."""
        command = parse(words)
        assert isinstance(command, Share)
        return await self.desk.share(command, caller)

    async def tries(self, words: str, caller: Caller = MIA) -> str:
        """Return what is said to who shares that, and find that nothing stands."""
        before = len(self.poster.posts)
        shared = await self.share(words, caller)
        assert not shared.stands
        assert len(self.poster.posts) == before
        return as_text(shared.message)

    async def asks(self, words: str = "", caller: Caller = MIA) -> Message | None:
        """Mention the bot below a post."""
        command = parse_mention(words, (POST,))
        assert isinstance(command, Related | RelatedTo)
        return await self.desk.answer_all(command, replace(caller, below="55"))


@pytest.fixture
async def sharers(database: Database) -> Sharers:
    """Give a desk that knows two related articles, the first of which is posted as m1."""
    await _tell(database)
    return Sharers(database)


async def _tell(database: Database) -> None:
    await save(database, "OpenAI files for an IPO in New York", "openai", day=2)
    await save(database, "Bankers line up for the OpenAI IPO in New York", "openai", day=1)


async def _post(database: Database, *numbers: int) -> None:
    """Post these articles in one message, m1."""
    async with database.write() as db:
        await subscriptions.follow(db, CHANNEL, ["openai"], by="8", now=NOW)
        for number in numbers:
            await queueing.enqueue(db, queueing.Part(number, tagged("openai"), range(99), NOW))
        due = await claims.claim_due(db, "discord", now=NOW, most=9, claim="c")
        await outcomes.record(db, [outcomes.Posted(it, "m1") for it in due], now=NOW)


def offered(message: Message) -> str:
    return buttons(message).get("Share in channel", "")


async def test_who_may_write_is_offered_to_share(sharers: Sharers) -> None:
    answer = await sharers.desk.answer(Related("openai ipo"), MIA)
    below = await sharers.desk.answer(Related("article:1"), replace(MIA, below="77"))

    assert offered(answer) == "share openai ipo"
    assert offered(below) == "share below:77 article:1"


@pytest.mark.parametrize(
    "caller",
    [
        replace(MIA, may_post=False),
        replace(MIA, bot_may_post=False),
        replace(MIA, here=MIA.direct),
    ],
)
async def test_where_one_may_not_write_nothing_is_offered(sharers: Sharers, caller: Caller) -> None:
    answer = await sharers.desk.answer(Related("openai ipo"), caller)

    assert "Bankers" in as_text(answer)
    assert offered(answer) == ""


async def test_words_too_long_for_a_button_are_not_offered_cut(sharers: Sharers) -> None:
    answer = await sharers.desk.answer(Related(f"openai ipo {'x' * 90}"), MIA)

    assert "Bankers" in as_text(answer)
    assert offered(answer) == ""


async def test_what_is_shared_stands_in_the_channel_by_who_pressed(sharers: Sharers) -> None:
    shared = await sharers.share("share article:1")

    [(address, message, _)] = sharers.poster.posts
    assert shared.stands
    assert as_text(shared.message).startswith("Shared in this channel")
    assert address == CHANNEL
    assert "Bankers line up" in as_text(message)
    assert message.parts[-1] == Mention(("7",), "Shared by", are_people=True)
    assert not any(isinstance(part, Buttons) for part in message.parts)


async def test_where_an_id_would_notify_the_name_stands_there_as_mere_words(
    sharers: Sharers,
) -> None:
    await sharers.share("share article:1", replace(MIA, name="mia\u202e<!channel>\n@here"))

    [(_, message, _)] = sharers.poster.posts
    assert as_text(message).splitlines()[-1] == "Shared by @mia<!channel> @here"
    assert not any(isinstance(part, Mention) for part in message.parts)


async def test_it_stands_below_the_message_that_it_is_about(sharers: Sharers) -> None:
    await sharers.share("share below:1700.01 article:1")

    [(address, _, _)] = sharers.poster.posts
    assert address == replace(CHANNEL, thread="1700.01")
    assert sharers.poster.threads == [""]


async def test_what_is_shared_is_what_is_related_by_now(sharers: Sharers) -> None:
    await sharers.desk.answer(Related("article:1"), MIA)
    await save(sharers.database, "The OpenAI IPO in New York is priced", "openai", day=5)

    await sharers.share("share article:1")

    assert "is priced" in as_text(sharers.poster.posts[0][1])


@pytest.mark.parametrize("words", ["share article:999", "share quantum cats", "share "])
async def test_what_is_related_to_nothing_by_now_is_not_shared(
    sharers: Sharers, words: str
) -> None:
    said = await sharers.tries(words)

    assert "No article stands" in said or "Nothing related" in said or "Related to what" in said


@pytest.mark.parametrize(
    ("caller", "because"),
    [
        (replace(MIA, may_post=False), "You may not write in this channel"),
        (replace(MIA, bot_may_post=False, step_to_let_bot_post="Invite me."), "Invite me."),
        (replace(MIA, here=MIA.direct), "These are your direct messages"),
    ],
)
async def test_rights_count_at_the_press(sharers: Sharers, caller: Caller, because: str) -> None:
    assert because in await sharers.tries("share article:1", caller)


async def test_a_second_press_shares_nothing_a_second_time(sharers: Sharers) -> None:
    await sharers.share("share article:1")

    assert "within the last minute" in await sharers.tries("share article:1")
    assert "within the last minute" in await sharers.tries(
        "share below:9 article:1", replace(MIA, person="8")
    )
    sharers.now += timedelta(seconds=61)
    assert (await sharers.share("share article:1")).stands


async def test_one_person_shares_three_times_a_minute_in_a_channel(sharers: Sharers) -> None:
    for words in ("share article:1", "share article:2", "share openai"):
        assert (await sharers.share(words)).stands
        sharers.now += timedelta(seconds=10)

    assert "It works again in 30 seconds." in await sharers.tries("share openai ipo")
    assert (await sharers.share("share openai ipo", replace(MIA, person="8"))).stands
    elsewhere = replace(MIA, here=Address("discord", "1", "11"))
    assert (await sharers.share("share openai ipo", elsewhere)).stands
    sharers.now += timedelta(seconds=30)
    assert (await sharers.share("share new york ipo")).stands


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Unreachable("the thread is archived"), "Nothing was shared: the thread is archived."),
        (Refused("AutoMod blocked it"), "Nothing was shared: AutoMod blocked it."),
        (TryLater("busy"), "Nothing was shared: the platform is busy."),
    ],
)
async def test_what_could_not_be_posted_is_said_and_can_be_tried_again(
    database: Database, error: Exception, said: str
) -> None:
    await _tell(database)
    sharers = Sharers(database, error)

    assert said in await sharers.tries("share article:1")
    assert (await sharers.share("share article:1")).stands


async def test_what_perhaps_stands_is_not_shared_again_at_once(database: Database) -> None:
    await _tell(database)
    sharers = Sharers(database, Unknown("the connection broke"))

    assert "not known whether that was shared" in await sharers.tries("share article:1")
    assert "within the last minute" in await sharers.tries("share article:1")


async def test_a_share_that_broke_before_it_was_posted_can_be_tried_again(
    sharers: Sharers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("core.desk.sharing.look", broken)
        with pytest.raises(OSError, match="disk"):
            await sharers.share("share article:1")

    assert (await sharers.share("share article:1")).stands


async def test_a_share_that_waits_for_the_platform_makes_no_command_wait(
    sharers: Sharers,
) -> None:
    sharers.poster.may_post.clear()
    sharing = [
        asyncio.create_task(sharers.share(f"share openai {n}", replace(MIA, person=str(n))))
        for n in range(5)
    ]
    await sharers.poster.in_flight.wait()

    answer = await sharers.desk.answer(Related("openai"), MIA)
    sharers.poster.may_post.set()

    assert "OpenAI" in as_text(answer)
    assert all(shared.stands for shared in await asyncio.gather(*sharing))


async def test_words_that_are_typed_share_too(sharers: Sharers) -> None:
    said = await sharers.desk.answer(parse("share openai ipo"), MIA)

    assert as_text(said).startswith("Shared in this channel")
    assert len(sharers.poster.posts) == 1


async def test_a_mention_below_a_post_is_answered_for_all_about_its_article(
    sharers: Sharers,
) -> None:
    await _post(sharers.database, 1)

    assert await sharers.asks() is None
    assert await sharers.asks("related", replace(MIA, person="8")) is not None

    [(address, message, key)] = sharers.poster.posts
    assert address == replace(CHANNEL, thread="55")
    assert key == "asked.55"
    assert as_text(message).startswith("Related to “OpenAI files for an IPO")
    assert not any(isinstance(part, Mention) for part in message.parts)


async def test_a_mention_with_a_link_is_answered_about_that(sharers: Sharers) -> None:
    page = "https://themata.ai/news/openai-files-for-an-ipo-in-new-york"
    await sharers.asks(f"what about {page}?")

    assert "Bankers" in as_text(sharers.poster.posts[0][1])


async def test_below_what_is_no_post_of_ours_nothing_is_told(sharers: Sharers) -> None:
    said = await sharers.asks()

    assert said is not None
    assert "That is no post of mine" in as_text(said)
    assert sharers.poster.posts == []


async def test_who_cannot_be_told_alone_is_told_below_the_mention(sharers: Sharers) -> None:
    assert await sharers.asks(caller=replace(MIA, can_be_told_alone=False)) is None

    assert "That is no post of mine" in as_text(sharers.poster.posts[0][1])


async def test_mentions_are_answered_three_times_a_minute(sharers: Sharers) -> None:
    said = [await sharers.asks(f"related openai {n}") for n in range(4)]

    assert len(sharers.poster.posts) == 3
    assert said[-1] is not None
    assert "It works again" in as_text(said[-1])


async def test_a_post_of_several_articles_asks_which_is_meant(sharers: Sharers) -> None:
    await _post(sharers.database, 1, 2)

    answer = await sharers.desk.answer(RelatedTo((POST,)), MIA)

    assert isinstance(answer.parts[0], Lines)
    assert [
        (button.label, button.words)
        for part in answer.parts
        if isinstance(part, Buttons)
        for button in part.buttons
        if isinstance(button, WordsButton)
    ] == [("1", "related article:1"), ("2", "related article:2")]


@pytest.mark.parametrize(
    "elsewhere",
    [
        Address("discord", "1", "11", "m1"),
        Address("discord", "2", "10", "m1"),
        Address("slack", "1", "10", "m1"),
        Address("discord", "1", "10", "m2"),
    ],
)
async def test_a_message_elsewhere_is_not_that_post(sharers: Sharers, elsewhere: Address) -> None:
    await _post(sharers.database, 1)

    said = await sharers.desk.answer(RelatedTo((elsewhere,)), MIA)

    assert "That is no post of mine" in as_text(said)


async def test_a_message_is_about_its_first_known_link_else_about_its_words(
    sharers: Sharers,
) -> None:
    links = ("https://nowhere.example/", "article:2", "article:1")

    by_link = await sharers.desk.answer(RelatedTo((POST,), links, "quantum cats"), MIA)
    by_words = await sharers.desk.answer(RelatedTo((POST,), links[:1], "openai ipo"), MIA)
    by_nothing = await sharers.desk.answer(RelatedTo((POST,), links[:1]), MIA)

    assert as_text(by_link).startswith("Related to “Bankers line up")
    assert as_text(by_words).startswith("Related to “openai ipo”")
    assert as_text(by_nothing).startswith("No article stands")


async def test_an_article_without_anything_related_offers_its_tag(sharers: Sharers) -> None:
    await save(sharers.database, "Whales are translated", "audio")

    answer = await sharers.desk.answer(Related("article:3"), MIA)

    assert as_text(answer).startswith("Nothing related to “Whales are translated” was found.")
    assert buttons(answer) == {"Follow #audio": "subscribe audio"}
