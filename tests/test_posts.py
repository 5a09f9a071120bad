"""The real article as a post: every style on every platform, and what the platform takes."""

import json
import os
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bots.preview import Target, articles_of, as_body
from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.slack import SlackStandIn
from core import compose
from core.articles import Article
from core.config import POPULAR_TAGS, Style
from core.messages import Buttons, Lines, Story, WordsButton, as_text
from core.sources import Draft
from core.sources.page import read_text, with_known_tags

DATA = Path(__file__).parent
ARTICLE = DATA / "data" / "articles" / "meta-pauses-ai-training-program.txt"
ADDRESS = "https://themata.ai/news/meta-pauses-ai-training-program"
IN_FULL = (
    "Meta pauses AI training program tracking employee keystrokes after internal leak",
    "Meta has paused an internal AI training program after sensitive employee data",
    "Meta has paused its internal AI training program, the Model Capability Initiative (MCI)",
    "The data leak included private conversations, performance data",
    "The incident was classified as a SEV 2 on Meta's severity scale",
    "Employees expressed frustration over the lack of data security measures",
    "The internal leak undermines trust in Meta's leadership",
    "The decision to track employee keystrokes appears misguided",
    "Using employees instead of contractors for data quality seems ill-advised",
    "51/100",
    "Meta scales back plan to track workers' clicks and keystrokes to train AI",
    "Exclusive: Meta to start capturing employee mouse movements, keystrokes",
    "A rogue AI led to a serious security incident at Meta",
    "Meta staff protest surveillance software on work PCs",
    "Meta\u2019s Embrace of A.I. Is Making Its Employees Miserable",
)


def real_article() -> Article:
    page = read_text(ARTICLE.read_bytes(), ADDRESS)
    draft, leftovers = with_known_tags(page, frozenset(POPULAR_TAGS))
    assert not leftovers
    return articles_of([draft])[0]


def bare_article(**more: Any) -> Article:
    return articles_of([Draft(title="A title", url="https://themata.ai/news/a", **more)])[0]


def words_in(value: object) -> str:
    """Return every text in a JSON value, one a line."""
    if isinstance(value, dict):
        return "\n".join(words_in(inner) for inner in value.values())
    if isinstance(value, list):
        return "\n".join(words_in(inner) for inner in value)
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize("style", ["line", "card", "full"])
@pytest.mark.parametrize("target", ["discord", "slack", "text"])
def test_the_post_of_the_real_article_looks_as_it_was_approved(
    target: Target, style: Style
) -> None:
    golden = DATA / "golden" / f"preview_{target}_{style}.json"
    body = as_body(real_article(), target, style) + "\n"
    if os.environ.get("THEMATA_WRITE_GOLDEN"):
        golden.write_text(body, encoding="utf-8")

    assert body == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["discord", "slack", "text"])
def test_the_full_post_holds_all_that_the_page_tells(target: Target) -> None:
    body = json.loads(as_body(real_article(), target, "full"))

    shown = words_in(body)
    for words in IN_FULL:
        assert words in shown


def test_slacks_text_alone_holds_all_that_the_page_tells() -> None:
    body = json.loads(as_body(real_article(), "slack", "full"))

    for words in IN_FULL:
        assert words in body["text"]


@pytest.mark.parametrize("style", ["line", "card", "full"])
async def test_discord_takes_the_body_that_the_preview_shows(style: Style) -> None:
    body = json.loads(as_body(real_article(), "discord", style))
    async with DiscordStandIn() as discord, aiohttp.ClientSession() as session:
        channel = discord.add_channel(discord.add_guild("Acme"), "ai-news")
        headers = {
            "Authorization": f"Bot {discord.token}",
            "User-Agent": "DiscordBot (https://themata.ai, 1)",
        }
        url = f"{discord.api_url}/channels/{channel.id}/messages"

        async with session.post(url, json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()

        [message] = discord.messages(channel)
        assert not message.pings


@pytest.mark.parametrize("style", ["line", "card", "full"])
async def test_slack_takes_the_body_that_the_preview_shows(style: Style) -> None:
    body = json.loads(as_body(real_article(), "slack", style))
    async with SlackStandIn() as slack, aiohttp.ClientSession() as session:
        channel = slack.add_channel("ai-news")
        headers = {"Authorization": f"Bearer {slack.bot_token}"}
        url = f"{slack.api_url}chat.postMessage"

        async with session.post(url, json=body | {"channel": channel.id}, headers=headers) as got:
            answer = await got.json()

        assert answer["ok"], answer
        assert not slack.without_fallback
        [message] = slack.messages(channel.id)
        assert not message.pings
        assert not message.split


@pytest.mark.parametrize("style", ["line", "card", "full"])
def test_a_post_with_nothing_but_a_title_reads_well(style: Style) -> None:
    lines = as_text(compose.post([bare_article()], style)).splitlines()

    assert lines[0].startswith("A title")
    assert "None" not in "\n".join(lines)
    assert not any(line.startswith((" ", "·")) or line.endswith("·") for line in lines)


def test_without_tags_there_is_nothing_to_follow() -> None:
    post = compose.post([bare_article()], "card")

    [row] = [part for part in post.parts if isinstance(part, Buttons)]
    assert [b.label for b in row.buttons] == ["Read", "Related"]


@pytest.mark.parametrize(
    ("heat", "shown"),
    [
        (0, "0/100"),
        (1, "🔥 1/100"),
        (20, "🔥 20/100"),
        (21, "🔥🔥 21/100"),
        (51, "🔥🔥🔥 51/100"),
        (100, "🔥🔥🔥🔥🔥 100/100"),
    ],
)
def test_heat_is_a_number_with_its_flames(heat: int, shown: str) -> None:
    story = compose.post([bare_article(heat=heat)], "card").parts[0]

    assert isinstance(story, Story)
    assert story.facts == (shown,)


def test_several_articles_are_one_list_with_a_link_each() -> None:
    post = compose.post([bare_article(), real_article()], "full")

    [lines] = post.parts
    assert isinstance(lines, Lines)
    assert lines.heading == "2 new stories"
    assert [line.url for line in lines.lines] == ["https://themata.ai/news/a", ADDRESS]


def test_what_an_article_says_leads_nowhere_and_presses_nothing() -> None:
    hostile = bare_article(
        summary="Click https://evil.example or www.evil.example or _http://evil.example/x_ now",
        tags=("llms",),
    )

    post = compose.post([hostile], "card")

    assert "evil" not in as_text(post)
    [row] = [part for part in post.parts if isinstance(part, Buttons)]
    assert [b.words for b in row.buttons if isinstance(b, WordsButton)] == [
        "related article:1",
        "subscribe llms",
    ]
