"""The Discord stand-in: files that are sent with a message."""

import json
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from bots.sandbox.discord import Channel, permissions
from tests.discordbot import PNG, Bot, Clock, Reply, plain_bot

NAME = "picture.png"
GALLERY = {"type": 12, "items": [{"media": {"url": f"attachment://{NAME}"}, "description": "Two"}]}
BODY = {
    "flags": 1 << 15,
    "components": [{"type": 17, "components": [GALLERY]}],
    "attachments": [{"id": 0, "filename": NAME, "description": "Two bars"}],
}


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    async with plain_bot(Clock()) as client:
        yield client


@pytest.fixture
def news(bot: Bot) -> Channel:
    channel = bot.discord.add_channel(bot.discord.add_guild("Acme"), "ai-news")
    bot.discord.permit(channel, permissions.BOT | permissions.ATTACH_FILES)
    return channel


def form(body: object, files: Mapping[str, bytes]) -> aiohttp.FormData:
    made = aiohttp.FormData(quote_fields=False)
    told = body if isinstance(body, str) else json.dumps(body)
    made.add_field("payload_json", told, content_type="application/json")
    for number, (name, content) in enumerate(files.items()):
        made.add_field(
            f"files[{number}]", BytesIO(content), filename=name, content_type="image/png"
        )
    return made


async def post(
    bot: Bot, channel: Channel, body: object, files: Mapping[str, bytes] | None = None
) -> Reply:
    made = form(body, {NAME: PNG} if files is None else files)
    return await bot.send("POST", f"/channels/{channel.id}/messages", made)


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in BODY.items() if name != key}


async def test_a_picture_stands_in_the_message_and_can_be_seen(bot: Bot, news: Channel) -> None:
    reply = await post(bot, news, BODY)

    assert reply.status == 200
    (told,) = reply.body["attachments"]
    (shown,) = reply.body["components"][0]["components"][0]["items"]
    assert (told["filename"], told["size"], told["width"], told["height"]) == (NAME, len(PNG), 8, 4)
    assert told["description"] == "Two bars"
    assert shown["media"]["attachment_id"] == told["id"]
    assert shown["media"]["url"] == told["url"]
    assert shown["description"] == "Two"
    sent = bot.discord.file(told["id"])
    assert sent
    assert sent.content == PNG


async def test_a_file_needs_no_entry_of_its_own(bot: Bot, news: Channel) -> None:
    assert (await post(bot, news, without("attachments"))).status == 200


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({**BODY, "attachments": [{"id": 1}]}, "attachments"),
        ({**BODY, "attachments": [{"id": 0, "description": "a" * 1025}]}, "attachments"),
        ({**BODY, "attachments": "all"}, "attachments"),
        ({**BODY, "attachments": []}, "components"),
    ],
)
async def test_what_is_named_must_be_there_and_within_limits(
    bot: Bot, news: Channel, body: object, where: str
) -> None:
    reply = await post(bot, news, body)

    assert reply.code == (400, 50035)
    assert where in reply.body["errors"]


async def test_a_picture_that_was_not_sent_cannot_be_shown(bot: Bot, news: Channel) -> None:
    missing = await bot.post(news, without("attachments"))
    other = await post(bot, news, without("attachments"), {"other.png": PNG})

    for reply in (missing, other):
        assert reply.code == (400, 50035)
        assert "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND" in json.dumps(reply.body)


async def test_a_file_may_have_ten_mebibytes(bot: Bot, news: Channel) -> None:
    largest = PNG.ljust(10 * 1024 * 1024, b"\0")

    assert (await post(bot, news, BODY, {NAME: largest})).status == 200
    assert (await post(bot, news, BODY, {NAME: largest + b"\0"})).code == (413, 40005)


async def test_all_files_together_have_a_limit_too(bot: Bot, news: Channel) -> None:
    nine = b"\0" * (9 * 1024 * 1024)
    files = dict.fromkeys(("a.png", "b.png", "c.png"), nine)

    assert (await post(bot, news, without("attachments"), files)).code == (413, 40005)


async def test_a_message_has_at_most_ten_files(bot: Bot, news: Channel) -> None:
    files = {f"{n}.png": PNG for n in range(11)}

    assert (await post(bot, news, {"content": "words"}, files)).code == (400, 30015)


async def test_to_attach_files_takes_a_permission(bot: Bot, news: Channel) -> None:
    bot.discord.permit(news, permissions.BOT)

    assert (await post(bot, news, BODY)).code == (403, 50013)


async def test_what_is_no_json_is_refused(bot: Bot, news: Channel) -> None:
    assert (await post(bot, news, "{")).code == (400, 50109)


async def test_an_edit_keeps_what_it_does_not_name(bot: Bot, news: Channel) -> None:
    message = (await post(bot, news, BODY)).body
    path = f"/channels/{news.id}/messages/{message['id']}"
    kept = await bot.ask("PATCH", path, {"components": BODY["components"]})
    text = [{"type": 10, "content": "words"}]
    gone = await bot.ask("PATCH", path, {"components": text, "attachments": []})

    assert kept.body["attachments"] == message["attachments"]
    assert gone.body["attachments"] == []
