"""Digests and answers say what a reader needs next."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bots.discord.commands import _FOR_ALL, _FOR_MODS
from core import compose
from core.articles import Article
from core.compose import Digest
from core.messages import Lines, as_text
from core.outbox import Traffic
from core.rules import NO_TERMS
from core.subscriptions import Following
from tests.samples import BARE
from tests.standing import on_discord, on_slack


async def test_both_platforms_show_whole_what_is_to_be_typed() -> None:
    topics = [f"retrieval-augmented-generation-of-{n:016}" for n in range(3)]
    rules = dict.fromkeys(topics, NO_TERMS)

    left = compose.no_longer_follows(compose.MEMBER, rules, topics, (), prefix="/")

    said = f"To follow again, type /subscribe {' '.join(topics)}"
    assert said in (await on_discord(left)).text
    assert said in (await on_slack(left)).text


def _headings(articles: Sequence[Article]) -> list[str | None]:
    parts = compose.digest(articles, Digest(date(2026, 6, 22))).parts
    return [part.heading for part in parts if isinstance(part, Lines)]


def test_in_a_digest_a_tag_of_one_story_is_no_group() -> None:
    tagged = [replace(BARE, id=n, tags=tags) for n, tags in enumerate((("a",), ("b", "c"), ("c",)))]

    assert _headings(tagged) == ["#c", "Other stories"]
    assert _headings(tagged[:2]) == [None]


def test_a_digest_says_what_its_numbers_do() -> None:
    said = as_text(compose.digest([BARE], Digest(date(2026, 6, 22), quiet=1)))

    assert (
        said.splitlines()[-1]
        == "1 held while it was quiet · A number below shows a story's summary"
    )


def test_help_names_every_command_but_itself() -> None:
    names = [it.name for it in _FOR_ALL] + [f"channel {it.name}" for it in _FOR_MODS]

    said = as_text(compose.help_("/"))

    assert [name for name in names if not re.search(f"/{name}[ :]", said)] == ["help"]


def test_what_joins_tags_is_named_last_so_that_nothing_else_seems_joined() -> None:
    rules = dict.fromkeys(("agents+meta", "llms"), NO_TERMS)

    said = as_text(compose.channel_status(Following(rules), Traffic(None, 0), prefix="/"))

    assert said.splitlines()[0] == "This channel follows #llms and #agents with #meta."
