"""What answers on Discord bring beside words: pictures, and pages that are turned in place."""

from collections.abc import AsyncIterator

import pytest

from bots.discord.poster import DiscordPoster
from bots.discord.render import as_body, payload, with_files
from bots.sandbox.discord import Channel, DiscordStandIn, Message, User, permissions
from core import messages
from core.commands import Caller, Command, Search
from core.messages import Buttons, Picture, Text, WordsButton
from core.posting import Address
from tests.discordbot import PNG
from tests.readers import wrong_on_discord
from tests.sealing import discord_id
from tests.test_discord_bot import FakeDesk, FakeNotes, running

ALT = "Bar chart. 1. Gemma 4 <@1> runs: heat 87, 4 outlets"
PATCH = "PATCH /webhooks"


class Pages(FakeDesk):
    """A desk whose answers are numbered pages, with a picture if one is set."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: tuple[Picture, ...] = ()

    async def answer(self, command: Command, caller: Caller) -> messages.Message:
        """Say which answer this is, above a button that turns the page."""
        self.asked.append((command, caller))
        row = Buttons((WordsButton("Next", "search page:2 upto:9 a"), WordsButton("Show", "tags")))
        return messages.Message((Text(f"Answer {len(self.asked)}"), *self.pictures, row))


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def news(discord: DiscordStandIn) -> Channel:
    return discord.add_channel(discord.add_guild("Acme"), "ai-news")


@pytest.fixture
def mia(discord: DiscordStandIn) -> User:
    return discord.add_user("mia")


@pytest.fixture
async def desk(discord: DiscordStandIn) -> AsyncIterator[Pages]:
    pages = Pages()
    async with running(discord, pages, FakeNotes()):
        yield pages


async def search(discord: DiscordStandIn, news: Channel, mia: User) -> Message:
    answer = await discord.type_command(mia, news, "search", {"words": "a"})
    assert answer.message
    return answer.message


def now(discord: DiscordStandIn, message: Message) -> Message:
    found = discord.world.find(message.channel_id, message.id)
    assert found
    return found


async def test_a_page_of_a_private_answer_is_turned_in_its_place(
    discord: DiscordStandIn, news: Channel, mia: User, desk: Pages
) -> None:
    shown = await search(discord, news, mia)

    answer = await discord.press(mia, news, shown, discord_id("search page:2 upto:9 a", news))
    await discord.until(lambda: now(discord, shown).says("Answer 2"))

    assert answer.kind == "update"
    assert [command for command, _ in desk.asked] == [Search("a"), Search("page:2 upto:9 a")]
    assert len(discord.private(mia, news)) == 1
    assert now(discord, shown).ephemeral


async def test_a_page_of_what_everyone_sees_is_answered_beside_it(
    discord: DiscordStandIn, news: Channel, mia: User, desk: Pages
) -> None:
    async with DiscordPoster(discord.token, api_url=discord.api_url) as poster:
        address = Address("discord", news.guild_id, news.id)
        said = await desk.answer(Search("a"), Caller("1", address, address))
        await poster.post(address, said, key="1")
    (post,) = discord.messages(news)

    answer = await discord.press(mia, news, post, discord_id("search page:2 upto:9 a", news))

    assert (answer.kind, answer.ephemeral) == ("reply", True)
    assert discord.messages(news) == [post]


async def test_other_buttons_of_a_private_answer_are_answered_beside_it(
    discord: DiscordStandIn, news: Channel, mia: User, desk: Pages
) -> None:
    shown = await search(discord, news, mia)

    answer = await discord.press(mia, news, shown, discord_id("tags", news))

    assert (answer.kind, len(desk.asked)) == ("reply", 2)
    assert now(discord, shown).says("Answer 1")


async def test_a_picture_comes_with_an_answer_and_is_told_in_words(
    discord: DiscordStandIn, news: Channel, mia: User, desk: Pages
) -> None:
    desk.pictures = (Picture(PNG, ALT),)

    shown = await search(discord, news, mia)

    (gallery,) = [it for it in shown.components if it["type"] == 12]
    (item,) = gallery["items"]
    assert item["description"] == ALT
    assert [it["description"] for it in shown.data["attachments"]] == [ALT]
    sent = discord.file(item["media"]["attachment_id"])
    assert sent
    assert (sent.filename, sent.content) == ("picture-1.png", PNG)
    assert desk.asked[0][1].shows_pictures


@pytest.mark.parametrize("status", [403, 413, 500])
async def test_an_answer_whose_picture_is_refused_comes_without_it(
    discord: DiscordStandIn, news: Channel, mia: User, desk: Pages, status: int
) -> None:
    desk.pictures = (Picture(PNG, ALT),)
    discord.fail_next(PATCH, status=status)

    shown = await search(discord, news, mia)

    assert shown.says("Answer 1")
    assert shown.data["attachments"] == []
    assert len(discord.requested(PATCH)) == 2


async def test_the_largest_picture_that_discord_takes_is_not_a_limit_of_ours(
    discord: DiscordStandIn, news: Channel, mia: User, desk: Pages
) -> None:
    desk.pictures = tuple(Picture(PNG + bytes([n]), f"{ALT} {n}") for n in range(12))

    shown = await search(discord, news, mia)

    assert len(shown.data["attachments"]) == 10
    assert [it["media"]["attachment_id"] for it in _items(shown)] == [
        it["id"] for it in shown.data["attachments"]
    ]


def _items(shown: Message) -> list[dict[str, dict[str, str]]]:
    return [item for it in shown.components if it["type"] == 12 for item in it["items"]]


async def test_a_post_shows_no_picture_that_it_cannot_bring() -> None:
    said = messages.Message((Text("Words"), Picture(PNG, ALT)))

    assert wrong_on_discord(as_body(said)) == {}
    assert payload(said) == payload(messages.Message((Text("Words"),)))
    assert with_files(messages.Message((Text("Words"),))) == (
        as_body(messages.Message((Text("Words"),))),
        (),
    )


async def test_in_direct_messages_pictures_are_shown_too(
    discord: DiscordStandIn, mia: User, desk: Pages
) -> None:
    desk.pictures = (Picture(PNG, "a" * 3000),)
    assert permissions.IN_DM & permissions.ATTACH_FILES

    shown = await search(discord, discord.open_dm(mia), mia)

    assert desk.asked[0][1].shows_pictures
    assert [len(it["description"]) for it in shown.data["attachments"]] == [1024]
