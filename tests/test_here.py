"""A member who types `here` follows beside the channel, and all commands know it."""

import pytest

from core.commands import Caller
from core.db import Database
from core.messages import as_text
from core.posting import Address, beside
from tests.arranged import arranged
from tests.test_desk import ADA, CHANNEL, MIA, Conversation, buttons

pytestmark = pytest.mark.mostly_one_database

BESIDE = beside(CHANNEL, MIA.person)


@pytest.fixture
async def talk(database: Database) -> Conversation:
    """Give a conversation with the desk, in a channel that follows a tag."""
    await arranged(database, _follow)
    return Conversation(database)


async def _follow(database: Database) -> None:
    await Conversation(database).type("channel follow llms", ADA)


async def test_here_follows_beside_the_channel_and_not_by_direct_message(
    talk: Conversation,
) -> None:
    answer = await talk.type("subscribe llms Here")

    assert as_text(answer).splitlines() == [
        "Here you now follow #llms.",
        "You are mentioned in the thread of each post of this channel about such an article.",
        "In the last 7 days there was no such article",
        "To stop, type /unsubscribe here llms",
    ]
    assert await talk.follows(BESIDE) == ("llms",)
    assert await talk.follows(MIA.direct) == ()
    assert await talk.follows(CHANNEL) == ("llms",)


async def test_undo_and_unsubscribe_here_take_it_back(talk: Conversation) -> None:
    await talk.type("subscribe openai")
    answer = await talk.type("subscribe here llms openai")
    await talk.type(buttons(answer)["Undo"])
    assert await talk.follows(BESIDE) == ()

    await talk.type("subscribe here llms openai")
    assert "Here you still follow #llms." in await talk.says("unsubscribe openai here")
    assert await talk.follows(BESIDE) == ("llms",)
    assert "You follow no tags here now." in await talk.says("unsubscribe here")
    assert await talk.follows(BESIDE) == ()
    assert await talk.follows(MIA.direct) == ("openai",)


async def test_the_terms_of_a_rule_are_kept_and_changed_here_too(talk: Conversation) -> None:
    await talk.type("subscribe here llms -openai heat:60")

    answer = await talk.says("subscribe here llms heat:70")

    assert (
        "Here you now follow, on other terms, #llms (heat 70 or more, without #openai)." in answer
    )


@pytest.mark.parametrize("option", ["style:line", "when:daily", "quiet:22-7", "most:3"])
async def test_how_articles_come_cannot_be_chosen_here(talk: Conversation, option: str) -> None:
    answer = await talk.says(f"subscribe here llms {option}")

    assert f"“{option}” cannot be had here." in answer
    assert await talk.follows(BESIDE) == ()


@pytest.mark.parametrize("typed", ["subscribe llms here", "unsubscribe here"])
async def test_in_direct_messages_there_is_no_here(talk: Conversation, typed: str) -> None:
    alone = Caller(MIA.person, MIA.direct, MIA.direct)

    assert "Type it in the channel" in await talk.says(typed, alone)
    assert await talk.follows(beside(MIA.direct, MIA.person)) == ()


async def test_subscriptions_lists_what_is_followed_here_and_only_here(
    talk: Conversation,
) -> None:
    await talk.type("subscribe openai")
    await talk.type("subscribe here llms")
    other = Caller(MIA.person, Address("discord", "1", "11"), MIA.direct)

    here, elsewhere = await talk.says("subscriptions"), await talk.says("subscriptions", other)

    assert here.startswith("You follow, by direct message:\n#openai\n")
    assert "Here you follow #llms, mentioned in the threads." in here
    assert "Here" not in elsewhere
    assert "Here" not in await talk.says("subscriptions", ADA)


async def test_where_the_channel_follows_nothing_it_is_said(talk: Conversation) -> None:
    other = Caller(MIA.person, Address("discord", "1", "11"), MIA.direct)

    assert "This channel follows nothing yet" in await talk.says("subscribe here llms", other)
    assert "This channel follows nothing yet" not in await talk.says("subscribe here llms")
