"""A preview is what would be posted: all of it, and in a form that the platform takes."""

import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from bots.cli import main
from bots.preview import Target, as_body, as_shown
from bots.sandbox.slack import SlackStandIn
from core.config import Style
from tests.discordbot import Clock, plain_bot
from tests.news import ARTICLE, CONCERNS, RELATED, SUMMARY, TAKEAWAYS, TITLE, real_article
from tests.program import log_as_before

EVERYTHING = (TITLE, SUMMARY, "51/100", *TAKEAWAYS, *CONCERNS, *RELATED)
STYLES: tuple[Style, ...] = ("line", "card", "full")


def body_for(platform: Target, style: Style) -> dict[str, Any]:
    """Return the body of the request that would post the real article."""
    body: dict[str, Any] = json.loads(as_body(real_article(), platform, style))
    return body


def words(value: object) -> Iterator[str]:
    """Give every text in a body."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from words(list(value.values()))
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)


def missing_from(body: dict[str, Any]) -> list[str]:
    """Return what a reader of this body would miss of the article."""
    said = "\n".join(words(body))
    return [told for told in EVERYTHING if told not in said]


def test_discord_in_full_shows_all_of_the_article() -> None:
    assert missing_from(body_for("discord", "full")) == []


def test_slack_in_full_shows_all_of_the_article_and_tells_it_to_screen_readers() -> None:
    body = body_for("slack", "full")

    assert missing_from({"blocks": body["blocks"]}) == []
    assert missing_from({"text": body["text"]}) == []


@pytest.mark.parametrize("style", STYLES)
async def test_discord_takes_the_body(style: Style) -> None:
    async with plain_bot(Clock()) as bot:
        channel = bot.discord.add_channel(bot.discord.add_guild("Acme"), "ai-news")

        reply = await bot.post(channel, body_for("discord", style))

        assert reply.status == 200
        assert bot.discord.messages(channel)[0].says(TITLE)
        assert bot.discord.messages(channel)[0].pings == ()


@pytest.mark.parametrize("style", STYLES)
async def test_slack_takes_the_body(style: Style) -> None:
    async with SlackStandIn() as slack, aiohttp.ClientSession() as session:
        channel = slack.add_channel("ai-news")
        body = {**body_for("slack", style), "channel": channel.id}
        token = {"Authorization": f"Bearer {slack.bot_token}"}

        async with session.post(
            f"{slack.api_url}chat.postMessage", json=body, headers=token
        ) as got:
            reply = await got.json()

        assert reply["ok"], reply
        assert TITLE in slack.messages(channel.id)[0].text
        assert slack.messages(channel.id)[0].pings == ()


@pytest.mark.parametrize("platform", ["discord", "slack"])
def test_the_command_prints_exactly_the_body(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, platform: Target
) -> None:
    monkeypatch.delenv("THEMATA_WRITE_GOLDEN", raising=False)  # no setting of the program

    with log_as_before(), pytest.raises(SystemExit) as ended:
        main(["preview", str(ARTICLE), "--platform", platform, "--style", "full", "--json"])
    out, err = capsys.readouterr()
    printed = json.loads(out or "{}")

    assert (ended.value.code, err) == (0, "")
    assert missing_from(printed) == []
    assert printed.keys() == body_for(platform, "full").keys()


@pytest.mark.parametrize("style", STYLES)
def test_a_preview_in_words_begins_with_the_title(style: Style) -> None:
    heading, said = as_shown(real_article(), "text", style).split("\n", 1)

    assert heading.startswith(f"\u2500\u2500 text, {style} ")
    assert said.startswith(TITLE)
