"""`themata why` says what the bot says, with the codes of the other commands."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from core import subscriptions
from core.db import open_database
from core.intake import Intake
from core.posting import Address
from core.sources import Draft
from tests.conftest import NOW
from tests.program import Ended
from tests.test_cli import Themata
from tests.test_cli import themata as themata  # noqa: PLC0414 (a fixture)

URL = "https://themata.ai/news/1"

Run = Callable[..., Awaitable[Ended]]


@pytest.fixture
async def run(themata: Themata, database_file: Path, tmp_path: Path) -> Run:
    """Give the program, where one channel follows what one article is about."""
    (tmp_path / "config.toml").write_text(f'[database]\nurl = "sqlite:///{database_file}"\n')
    async with open_database(f"sqlite:///{database_file}") as database:
        async with database.write() as db:
            channel = Address("slack", "T1", "C1")
            await subscriptions.follow(db, channel, ["llms"], by="ada", now=NOW)
        told = Draft("A story", URL, tags=("llms",))
        await Intake(database).take_in(told, source="site", now=NOW)

    async def run(*words: object) -> Ended:
        return await asyncio.to_thread(themata, *words)

    return run


async def test_it_is_said_in_plain_lines(run: Run) -> None:
    for name in (URL, "1", "article:1"):
        ended = await run("why", name, "slack/T1/C1")

        assert ended.code == 0
        assert "Brought by #llms\n" in ended.out
        assert "It waits for its turn.\n" in ended.out
        assert "The rule: /themata channel follow llms\n" in ended.out


async def test_it_is_said_as_json(run: Run) -> None:
    ended = await run("why", URL, "discord/1/2", "--json")

    told = json.loads(ended.out)
    assert ended.code == 0
    assert (told["article"], told["address"], told["posted"]) == (1, "discord/1/2", False)
    assert [it["stage"] for it in told["stages"]] == ["came", "nothing followed"]


async def test_an_article_that_is_not_known_is_a_problem(run: Run) -> None:
    ended = await run("why", "99", "slack/T1/C1")

    assert ended.code == 1
    assert "I never saw an article" in ended.out


@pytest.mark.parametrize("typed", ["slack", "slack/T1", "telegram/1/2", "discord//2", "a/b/c/d"])
async def test_what_is_no_address_is_told_with_the_form_of_one(run: Run, typed: str) -> None:
    ended = await run("why", URL, typed)

    assert ended.code == 2
    assert "discord/SERVER/CHANNEL" in ended.err
