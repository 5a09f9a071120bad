"""The table of rules, typed by a person on each platform: what comes is what was asked for."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bots.sandbox.scene import DIRECT, MIA, SideName
from bots.trial import Trial, open_trial
from core.db import Database, open_database
from core.intake import Intake
from core.sources import Draft
from tests.program import PATIENCE
from tests.rule_table import MATCHES, TAGS
from tests.test_trial import until_told

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


@pytest.mark.parametrize("side", ["discord", "slack"])
async def test_a_member_gets_what_the_typed_rule_says(
    trial: tuple[Trial, Database], side: SideName
) -> None:
    opened, database = trial
    found: dict[str, bool] = {}
    async with asyncio.TaskGroup() as arriving:
        for number, (name, (words, article, _)) in enumerate(MATCHES.items()):
            for typed in ("/unsubscribe", f"/subscribe {words}"):
                await ask(opened, side, typed)
            url = f"https://themata.ai/news/{side}-{number}"
            draft = replace(article, title=f"Row {number}.", url=url)
            found[name] = await take_in(database, draft) == 1
            if found[name]:
                arriving.create_task(until_told(opened, side, MIA, DIRECT, draft.title))

    assert found == {name: comes for name, (_, _, comes) in MATCHES.items()}


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
