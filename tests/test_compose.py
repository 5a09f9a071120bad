"""Articles as posts: what is told of them, in three styles, on both platforms."""

import json
import re
from dataclasses import replace

import pytest

from bots.discord.render import as_plain_body
from bots.slack.render import as_payload, as_smaller_payload
from core import compose
from core.articles import Article
from core.config import Style
from core.messages import Button, Buttons, Lines, Message, Place, Points, as_text
from core.pauses import Closed
from core.posting import Address
from core.sources import Draft, NamedStory
from tests.golden_files import drawn
from tests.news import NOW, PAGE, RELATED, TITLE, article_of, real_article
from tests.samples import longest
from tests.standing import on_discord, on_slack

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


def buttons(message: Message) -> list[Button]:
    """Return the buttons of a message, in order."""
    return [b for part in message.parts if isinstance(part, Buttons) for b in part.buttons]


def labels(message: Message) -> list[str]:
    """Return what stands on the buttons of a message."""
    return [button.label for button in buttons(message)]


def many(articles: int) -> list[Article]:
    """Return articles with titles like real ones, each with its number in front."""
    titles = (TITLE, *RELATED)
    drafts = (
        Draft(
            f"{n} {titles[n % len(titles)]}",
            f"{PAGE}-number-{n}",
            source_domain="businessinsider.com",
        )
        for n in range(1, articles + 1)
    )
    return [article_of(draft) for draft in drafts]


@in_each_style
def test_a_catch_up_counts_all_and_names_the_newest_in_order(style: Style) -> None:
    articles = many(24)

    said = as_text(compose.post(articles, style)).splitlines()

    assert said[0] == "24 stories since the last post"
    assert [int(line.split()[0]) for line in said[1:-1]] == list(range(10, 25))
    assert said[-1] == "And 9 more."
    assert compose.shown_in(articles) == tuple(articles[9:])
    assert labels(compose.post(articles, style)) == ["Show latest"]


def test_a_catch_up_that_names_all_counts_no_more() -> None:
    said = as_text(compose.post(many(11), "card"))

    assert "11 stories since the last post" in said
    assert "more" not in said.splitlines()[-1]


@pytest.mark.parametrize("articles", [1, 2, 10])
def test_a_short_list_names_all(articles: int) -> None:
    assert len(compose.shown_in(many(articles))) == articles


AWKWARD = (
    many(1)[0],
    HOSTILE,
    article_of(Draft("_*`[]" * 60, f"{PAGE}-{'x' * 600}", source_domain="_" * 90)),
    article_of(Draft("&" * 300, PAGE, source_domain="&" * 90)),
    article_of(Draft("\u4eca" * 300, PAGE)),
    article_of(Draft("Too far away", f"{PAGE}-{'x' * 5000}")),
)


@pytest.mark.parametrize("article", AWKWARD)
async def test_both_platforms_show_every_story_that_a_catch_up_names(article: Article) -> None:
    articles = [replace(a, id=n) for n, a in enumerate([article] * 500)]

    message = compose.post(articles, "card")
    named = len(compose.shown_in(articles))
    stands = await on_discord(message)
    await on_slack(message)

    assert len([row for row in stands.text.splitlines() if re.match(r"\d+\. ", row)]) == named
    blocks = json.dumps(as_payload(message)["blocks"])
    assert blocks.count('"rich_text_section"') == named + 1
    for said in ("500 stories since the last post", f"And {500 - named} more."):
        assert said in stands.text
        assert said in blocks


def test_a_channel_s_id_mentions_nothing_but_a_channel() -> None:
    message = Message((Place("@everyone> <!channel", ("closed",)),))

    assert "everyone" not in drawn("discord", message)
    assert "everyone" not in json.dumps(as_payload(message)["blocks"])
    assert "<!" not in drawn("slack", message)


def test_a_notice_that_is_drawn_small_still_names_its_channels() -> None:
    message = Message((Place("10", ("closed",)), Place("C0000000011", ("archived",))))

    assert "<#10> · closed" in as_plain_body(message).decode()
    assert '"channel_id": "C0000000011"' in json.dumps(as_smaller_payload(message))


async def test_both_platforms_take_a_notice_of_many_closed_channels() -> None:
    closed = [Closed(n, Address("slack", "T1", f"C{n:010}"), "gone", NOW) for n in range(30)]

    message = compose.closed_channels(closed, prefix="/")

    assert "I can no longer post in 30 channels:" in (await on_discord(message)).text
    assert "and 20 more" in (await on_slack(message)).text


@pytest.mark.parametrize(("summary", "said"), [("", False), ("In short", True)])
def test_a_summary_is_told_to_be_the_machine_s_only_if_there_is_one(
    summary: str, *, said: bool
) -> None:
    post = compose.post([replace(BARE, summary=summary, dek="Weights are open")], "full")

    assert ("AI summary: check the source" in as_text(post)) is said


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


def test_the_summary_of_a_withdrawn_article_tells_nothing_of_it() -> None:
    said = as_text(compose.summary(replace(real_article(), retracted=True)))

    assert said.splitlines() == [
        f"(withdrawn) {TITLE}",
        "Withdrawn by the source",
        "businessinsider.com · 22 Jun 2026",
    ]


async def test_of_too_much_each_list_keeps_its_first_points_on_both_platforms() -> None:
    post = compose.post([longest()], "full")

    lists = [part for part in post.parts if isinstance(part, Points | Lines)]
    for shown in ((await on_discord(post)).text, (await on_slack(post)).text):
        assert "AI summary: check the source" in shown
        assert [it.heading for it in lists if it.heading and it.heading in shown] == [
            "Key takeaways",
            "What the community likes",
            "What concerns the community",
            "Related articles",
        ]
