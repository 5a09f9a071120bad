"""Articles as posts: what is told of them, in three styles, on both platforms."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bots.discord.poster import body as discord_body
from bots.discord.render import payload
from bots.sandbox.discord import Message as OnDiscord
from bots.sandbox.slack import Message as OnSlack
from bots.sandbox.slack import SlackStandIn
from bots.slack.poster import body as slack_body
from bots.slack.render import as_payload
from core import compose
from core.articles import Article
from core.config import Style
from core.messages import Buttons, LinkButton, Message, WordsButton, as_text
from core.posting import Address
from core.sources import Draft, NamedStory
from tests.discordbot import Clock, plain_bot
from tests.news import NOW, PAGE, RELATED, TITLE, article_of, real_article

GOLDEN = Path(__file__).parent / "golden"
STYLES: tuple[Style, ...] = ("line", "card", "full")

in_each_style = pytest.mark.parametrize("style", STYLES)

BARE = article_of(Draft("Gemma 4 runs on phones", "https://themata.ai/news/gemma-4"))
EVIL = (
    "@everyone <!channel> <@U0000000000> <@1187301264118239272> **bold** `code` ||x||"
    " [openai.com](https://evil.example) <https://evil.example|openai.com> https://evil.example"
    " evil.example \u202egnirts\u200b \ufeff# Heading -# small > quote\n\n```\nblock"
)
HOSTILE = article_of(
    Draft(
        title=EVIL,
        url=PAGE,
        dek=EVIL,
        summary=EVIL * 20,
        takeaways=(EVIL,) * 20,
        sentiment=EVIL,
        positives=(EVIL,) * 20,
        concerns=(EVIL,) * 20,
        heat=10**9,
        tags=("everyone", "channel", "here"),
        reading_minutes=999,
        source_domain=EVIL,
        original_url="javascript:alert(1)",
        image_url="https://user:password@evil.example/p.png",
        published_at=NOW,
        related=(NamedStory(EVIL, EVIL, "https://evil.example/a(b)[c]<d>|e", NOW),) * 20,
    )
)


def buttons(message: Message) -> list[LinkButton | WordsButton]:
    """Return the buttons of a message, in order."""
    return [b for part in message.parts if isinstance(part, Buttons) for b in part.buttons]


def labels(message: Message) -> list[str]:
    """Return what stands on the buttons of a message."""
    return [button.label for button in buttons(message)]


def drawn(platform: str, message: Message) -> str:
    """Return a message as the platform is sent it; `text` for its words alone."""
    if platform == "text":
        return as_text(message) + "\n"
    shown: Any = payload(message) if platform == "discord" else as_payload(message)
    return json.dumps(shown, ensure_ascii=False, indent=1) + "\n"


async def on_discord(message: Message) -> OnDiscord:
    """Return a message as it stands on Discord, which took it."""
    async with plain_bot(Clock()) as bot:
        channel = bot.discord.add_channel(bot.discord.add_guild("Acme"), "ai-news")
        sent = json.loads(discord_body(Address("discord", "1", channel.id), message, "key"))
        reply = await bot.post(channel, sent)
        assert reply.status == 200, reply.body
        return bot.discord.messages(channel)[0]


async def on_slack(message: Message) -> OnSlack:
    """Return a message as it stands on Slack, which took it."""
    async with SlackStandIn() as slack, aiohttp.ClientSession() as session:
        channel = slack.add_channel("ai-news")
        sent = slack_body(Address("slack", slack.team_id, channel.id), message, "key")
        token = {"Authorization": f"Bearer {slack.bot_token}"}
        url = f"{slack.api_url}chat.postMessage"
        async with session.post(url, json=sent, headers=token) as got:
            reply = await got.json()
        assert reply["ok"], reply
        return slack.messages(channel.id)[0]


@in_each_style
@pytest.mark.parametrize("platform", ["discord", "slack", "text"])
def test_the_real_article_looks_as_its_golden_file_shows(platform: str, style: Style) -> None:
    golden = GOLDEN / f"post_{platform}_{style}.{'txt' if platform == 'text' else 'json'}"
    shown = drawn(platform, compose.post([real_article()], style))

    if os.environ.get("THEMATA_WRITE_GOLDEN"):
        golden.write_text(shown, encoding="utf-8")

    assert shown == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("line", [f"{BARE.title} {BARE.url}"]),
        ("card", [BARE.title, BARE.url]),
    ],
)
def test_an_article_of_which_little_is_known_is_told_without_gaps(
    style: Style, said: list[str]
) -> None:
    assert as_text(compose.post([BARE], style)).splitlines() == said


@in_each_style
async def test_both_platforms_take_an_article_of_which_little_is_known(style: Style) -> None:
    message = compose.post([BARE], style)

    assert (await on_discord(message)).says(BARE.title)
    assert BARE.title in (await on_slack(message)).text


@in_each_style
async def test_a_hostile_article_pings_nobody(style: Style) -> None:
    message = compose.post([HOSTILE], style)

    assert (await on_discord(message)).pings == ()
    assert (await on_slack(message)).pings == ()


@in_each_style
@pytest.mark.parametrize("forged", ["https://evil.example|", "](https://evil.example)"])
def test_a_hostile_article_forges_no_link(style: Style, forged: str) -> None:
    message = compose.post([HOSTILE], style)

    assert forged not in drawn("discord", message)
    assert forged not in drawn("slack", message)


@in_each_style
async def test_on_slack_a_hostile_article_leads_only_where_it_says(style: Style) -> None:
    stands = await on_slack(compose.post([HOSTILE], style))

    addresses = {link.url for link in stands.links}
    assert {
        url for url in addresses if not url.startswith((PAGE, "https://evil.example/a"))
    } == set()
    assert "openai.com" not in {link.text for link in stands.links}


@pytest.mark.parametrize(
    ("degrees", "said"),
    [
        (0, "0/100"),
        (1, "\U0001f525 1/100"),
        (20, "\U0001f525 20/100"),
        (21, "\U0001f525\U0001f525 21/100"),
        (51, "\U0001f525\U0001f525\U0001f525 51/100"),
        (80, "\U0001f525\U0001f525\U0001f525\U0001f525 80/100"),
        (100, "\U0001f525\U0001f525\U0001f525\U0001f525\U0001f525 100/100"),
    ],
)
def test_heat_is_a_number_and_a_flame_for_each_begun_fifth(degrees: int, said: str) -> None:
    post = compose.post([replace(BARE, heat=degrees)], "card")

    assert as_text(post).splitlines()[1] == said


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("line", []),
        ("card", ["Read", "Related", "Follow #meta"]),
        (
            "full",
            ["Read", "Related", "Follow #meta", "Follow #ai-training", "Follow #data-privacy"],
        ),
    ],
)
def test_a_post_has_the_buttons_of_its_style(style: Style, expected: list[str]) -> None:
    assert labels(compose.post([real_article()], style)) == expected


@pytest.mark.parametrize("style", ["card", "full"])
def test_an_article_without_tags_has_none_to_follow(style: Style) -> None:
    assert labels(compose.post([BARE], style)) == ["Read", "Related"]


def test_a_summary_that_only_repeats_the_title_is_not_told_twice() -> None:
    post = compose.post([replace(BARE, summary=BARE.title)], "card")

    assert as_text(post).count(BARE.title) == 1


def test_without_a_summary_the_dek_is_told() -> None:
    assert "Weights are open" in as_text(
        compose.post([replace(BARE, dek="Weights are open")], "card")
    )


@in_each_style
def test_several_articles_are_one_list(style: Style) -> None:
    others = [article_of(Draft(title, f"{PAGE}-{n}")) for n, title in enumerate(RELATED)]
    articles: list[Article] = [real_article(), *others]

    heading, *lines = as_text(compose.post(articles, style)).splitlines()

    assert heading == "6 new stories"
    assert [
        line for line, title in zip(lines, (TITLE, *RELATED), strict=True) if title in line
    ] == (lines)


async def test_both_platforms_take_a_list_of_ten() -> None:
    message = compose.post([HOSTILE, *[real_article()] * 9], "card")

    assert (await on_discord(message)).text.count(TITLE) == 9
    assert (await on_slack(message)).text.count(TITLE) == 9


@in_each_style
@pytest.mark.parametrize("platform", ["discord", "slack", "text"])
def test_a_withdrawn_article_is_struck_as_its_golden_file_shows(
    platform: str, style: Style
) -> None:
    golden = GOLDEN / f"withdrawn_{platform}_{style}.{'txt' if platform == 'text' else 'json'}"
    shown = drawn(platform, compose.post([replace(real_article(), retracted=True)], style))

    if os.environ.get("THEMATA_WRITE_GOLDEN"):
        golden.write_text(shown, encoding="utf-8")

    assert shown == golden.read_text(encoding="utf-8")


@in_each_style
async def test_both_platforms_take_a_withdrawn_article(style: Style) -> None:
    message = compose.post([replace(HOSTILE, retracted=True)], style)

    assert "~~" in str((await on_discord(message)).components)
    assert "(withdrawn)" in (await on_slack(message)).text


def test_in_a_list_only_the_withdrawn_article_is_struck() -> None:
    message = compose.post([replace(BARE, retracted=True), BARE], "card")

    assert as_text(message).splitlines()[1:] == [
        f"(withdrawn) {BARE.title} · Withdrawn by the source",
        f"{BARE.title} {BARE.url}",
    ]
