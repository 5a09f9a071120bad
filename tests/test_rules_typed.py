"""The table of rules, typed by a person on each platform: what comes is what was asked for."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from bots.sandbox.scene import ADA, DIRECT, MIA, SideName
from bots.trial import Trial, open_trial
from core.db import Database, open_database
from core.intake import Intake
from core.sources import Draft
from tests.program import PATIENCE
from tests.rule_table import MATCHES, TAGS, Row
from tests.test_trial import NEWS, text, until_told

_AT_ONCE = 12
"""A message names no more articles that are due together."""
_NAMES = list(MATCHES)
_BATCHES = [
    {name: MATCHES[name] for name in _NAMES[at : at + _AT_ONCE]}
    for at in range(0, len(_NAMES), _AT_ONCE)
]

_NUMBERS = count(1)
_SHORT = [{name: MATCHES[name] for name in _NAMES[at::6]} for at in (0, 3)]
"""Other rows on each platform."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trial(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Trial, Database]]:
    """Give the bot at work, which knows the tags of the table, and its database."""
    folder: Path = tmp_path_factory.mktemp("rules")
    async with (
        open_trial(folder) as opened,
        open_database(f"sqlite:///{folder / 'themata.db'}") as database,
    ):
        await take_in(database, Draft(title="All tags", url="https://themata.ai/news/t", tags=TAGS))
        yield opened, database


async def take_in(database: Database, draft: Draft) -> int:
    """Take an article in, and return how many get it."""
    taken = await Intake(database).take_in(draft, source="table", now=datetime.now(UTC))
    assert taken is not None
    return taken[1]


@pytest.mark.parametrize(
    ("side", "rows"),
    [
        *zip(("discord", "slack"), _SHORT, strict=True),
        *(
            pytest.param(side, rows, marks=pytest.mark.long)
            for side in ("discord", "slack")
            for rows in _BATCHES
        ),
    ],
)
async def test_a_member_gets_what_the_typed_rule_says(
    trial: tuple[Trial, Database], side: SideName, rows: Mapping[str, Row]
) -> None:
    opened, database = trial
    came = dict[str, str]()
    for name, (words, article, _) in rows.items():
        for typed in ("/unsubscribe", f"/subscribe {words}"):
            await ask(opened, side, typed)
        number = next(_NUMBERS)
        url = f"https://themata.ai/news/{number}"
        # Of words of its own: those that are alike would be one story, which comes once.
        own = " ".join(f"word{number}of{it}" for it in range(40))
        draft = replace(article, title=f"Row {number}.", url=url, summary=own)
        if await take_in(database, draft):
            came[name] = draft.title

    assert list(came) == [name for name, (_, _, comes) in rows.items() if comes]
    for title in came.values():
        await until_told(opened, side, MIA, DIRECT, title)
    await ask(opened, side, "/unsubscribe")


@pytest.mark.parametrize("side", ["discord", "slack"])
async def test_a_mod_types_a_role_and_posts_mention_it(
    trial: tuple[Trial, Database], side: SideName
) -> None:
    opened, database = trial
    words = "channel follow openai mention:@news"
    title = f"A mention on {side}."
    typed = f"/{words}" if side == "discord" else f"/themata {words}"
    assert await opened.scene.type_words(side, ADA, NEWS, typed) == ""
    await until_told(opened, side, ADA, NEWS, "Posts about #openai mention")
    url = f"https://themata.ai/{side}/mention"
    await take_in(database, Draft(title=title, url=url, tags=("openai",)))
    await until_told(opened, side, MIA, NEWS, title)

    (shown,) = [it for it in opened.scene.shown(side, MIA, NEWS) if title in text(it)]
    mention = {"discord": r"<@&[0-9]+>", "slack": r"<!subteam\^S[0-9A-Z]+>"}[side]
    assert len(re.findall(mention, text(shown))) == 1


@pytest.mark.parametrize("side", ["discord", "slack"])
async def test_a_member_who_types_here_is_mentioned_below_the_post(
    trial: tuple[Trial, Database], side: SideName
) -> None:
    opened, database = trial
    follow = "/channel follow crypto" if side == "discord" else "/themata channel follow crypto"
    assert await opened.scene.type_words(side, ADA, NEWS, follow) == ""
    await until_told(opened, side, ADA, NEWS, "This channel now follows #crypto")
    assert await opened.scene.type_words(side, MIA, NEWS, "/subscribe crypto here") == ""
    await until_told(opened, side, MIA, NEWS, "Here you now follow #crypto")
    title = f"Here on {side}."
    url = f"https://themata.ai/{side}/here"
    await take_in(database, Draft(title=title, url=url, tags=("crypto",)))
    await until_told(opened, side, ADA, NEWS, "You asked to be mentioned")

    said = [text(it) for it in opened.scene.shown(side, ADA, NEWS) if not it.only_you]
    posted = next(at for at, words in enumerate(said) if title in words)
    (called,) = [at for at, words in enumerate(said) if "You asked to be mentioned" in words]
    people = {
        "discord": opened.scene.discord_side.users[MIA].id,
        "slack": opened.scene.slack_side.users[MIA].id,
    }
    assert posted < called
    assert f"<@{people[side]}>" in said[called]


async def ask(trial: Trial, side: SideName, typed: str) -> None:
    """Type a command in direct messages, and wait for the answer."""
    changes, before = trial.scene.listen(), answers(trial, side)
    assert await trial.scene.type_words(side, MIA, DIRECT, typed) == ""
    async with asyncio.timeout(PATIENCE):
        while answers(trial, side) == before:
            await anext(changes)
    trial.scene.forget(changes)


def answers(trial: Trial, side: SideName) -> int:
    """Return how many answers the bot gave in direct messages."""
    return sum(shown.only_you for shown in trial.scene.shown(side, MIA, DIRECT))
