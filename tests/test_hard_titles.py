"""Titles that are hard to show stay within the limits, whole, and in their own direction."""

import re
import unicodedata
from functools import cache

import pytest

from bots.discord.render import as_body, as_plain_body
from bots.slack.render import as_payload, as_smaller_payload
from core import compose, text
from core.compose import Digest
from core.messages import Message, as_text
from core.related import RelatedStory, Why
from tests.gallery import TODAY
from tests.news import NOW
from tests.readers import (
    heard_on_slack,
    rows_on_slack,
    seen_on_discord,
    unheard_on_slack,
    wrong_on_discord,
    wrong_on_slack,
)
from tests.samples import HARD_TITLES, LETTERS, titled

ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")

every_title = pytest.mark.parametrize("title", HARD_TITLES.values(), ids=HARD_TITLES)


@cache
def several(title: str, many: int) -> dict[str, Message]:
    """Return each message that shows this many articles with this title."""
    articles = [titled(title, number) for number in range(1, many + 1)]
    stories = [RelatedStory(it.title, it.url, NOW, Why("alike")) for it in articles[:5]]
    return {
        "digest": compose.digest(articles, Digest(TODAY)),
        "catch-up": compose.catch_up(articles, prefix="/"),
        "list": compose.post(articles[:10], "card"),
        "latest": compose.latest(articles[:5], "llms", prefix="/"),
        "related": compose.related(stories, "words"),
    }


@cache
def one(title: str) -> dict[str, Message]:
    """Return each message that shows one article with this title."""
    article = titled(title)
    return {
        "line": compose.post([article], "line"),
        "card": compose.post([article], "card"),
        "full": compose.post([article], "full"),
        "summary": compose.summary(article),
    }


@cache
def cut(title: str) -> dict[str, Message]:
    """Return each message that has no room for a long title."""
    many = [titled(title, number) for number in range(1, 25)]
    return {
        "post of many": compose.post(many, "card"),
        "related to": compose.nothing_related(title, (), prefix="/"),
    }


@every_title
def test_both_platforms_take_it(title: str) -> None:
    for name, said in {**one(title), **several(title, 10), **cut(title)}.items():
        assert wrong_on_discord(as_body(said)) == {}, name
        assert wrong_on_discord(as_plain_body(said)) == {}, name
        assert wrong_on_slack(as_payload(said)) == [], name
        assert wrong_on_slack(as_smaller_payload(said)) == [], name


@every_title
def test_it_is_shown_whole_as_often_as_it_is_told(title: str) -> None:
    whole = titled(title).title
    assert len(whole) > 25
    assert "\u2026" not in whole

    for name, said in {**one(title), **several(title, 10)}.items():
        told = as_text(said).count(whole)
        assert told > 0
        assert _unmarked(seen_on_discord(said)).count(_unmarked(whole)) == told, name
        assert "\n".join(rows_on_slack(said)).count(whole) == told, name


@every_title
def test_what_is_seen_on_slack_is_heard(title: str) -> None:
    for name, said in {**one(title), **several(title, 10), **cut(title)}.items():
        assert unheard_on_slack(said) == [], name


@every_title
def test_its_direction_ends_where_it_ends(title: str) -> None:
    for name, said in {**one(title), **several(title, 3), **cut(title)}.items():
        rows = _unmarked(seen_on_discord(said)).splitlines()
        rows += [*rows_on_slack(said), *heard_on_slack(said).splitlines()]
        for row in rows:
            beside = ISOLATED.sub("", row)
            assert beside.count("\u2068") == beside.count("\u2069") == 0
            assert not _turns(beside), f"{name}: {row}"


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
@pytest.mark.parametrize("before", ["", "New: "])
def test_a_cut_leaves_whole_letters_and_most_of_what_there_is_room_for(
    letter: str, before: str
) -> None:
    said = text.clean(before + letter * 400)
    for most in (60, 80, 300):
        kept = text.clip(said, most)

        letters = kept.removeprefix(before).removesuffix("\u2026")
        assert letters.replace(letter, "") == ""
        assert most - len(letter) - 1 <= len(kept) <= most


def _unmarked(markdown: str) -> str:
    return markdown.replace("\\", "").replace("[", "(").replace("]", ")").replace("*", "")


def _turns(row: str) -> bool:
    return any(unicodedata.bidirectional(char) in {"R", "AL"} for char in row)
