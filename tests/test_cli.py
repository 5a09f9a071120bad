"""The command line: what each command says, and the code it ends with."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest

from bots import cli
from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.slack import SlackStandIn
from tests.news import ARTICLE, TITLE
from tests.newsserver import Served, news_server
from tests.program import PATIENCE, Ended, Program, log_as_before, program

COMMANDS = ("run", "check", "preview", "why", "ingest", "backup", "restored", "sandbox")
WRONG = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GwRoNg.abcdefghijklmnopqrstuvwxyz0123456789AB"

Themata = Callable[..., Ended]


@pytest.fixture
def themata(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Themata]:
    """Give the program without tokens, in an empty folder."""
    for variable in os.environ.copy():
        if variable.startswith("THEMATA_"):
            monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Ended:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Ended(ended.value.code if isinstance(ended.value.code, int) else None, out, err)

    with log_as_before():
        yield run


@dataclass(frozen=True, slots=True)
class World:
    """Both stand-ins, and the program that may talk to them."""

    discord: DiscordStandIn
    slack: SlackStandIn
    program: Program

    def with_token(self, variable: str) -> Program:
        """Return the program with one token that nothing accepts."""
        return replace(self.program, secrets=self.program.secrets | {variable: WRONG})


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """Give both stand-ins."""
    async with DiscordStandIn() as discord, SlackStandIn() as slack:
        yield World(discord, slack, program(folder, discord, slack))


def test_the_help_names_every_command(themata: Themata) -> None:
    ended = themata("--help")

    assert ended.code == 0
    assert [command for command in COMMANDS if command not in ended.out] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_what_it_does(themata: Themata, command: str) -> None:
    ended = themata(command, "--help")

    assert ended.code == 0
    assert f"Usage: themata {command}" in ended.out
    assert "." in ended.out


def test_the_version_is_that_of_the_package(themata: Themata) -> None:
    assert metadata.version("themata-bot") in themata("--version").out


@pytest.mark.parametrize(
    "words",
    [
        ("publish",),
        ("preview",),
        ("preview", "x", "--style", "poem"),
        ("run", "--only", "telegram"),
        ("sandbox", "--port", "99999"),
        ("sandbox", "--port", "door"),
    ],
)
def test_what_cannot_be_typed_ends_with_2_and_the_way_to_help(
    themata: Themata, words: tuple[str, ...]
) -> None:
    ended = themata(*words)

    assert ended.code == 2
    assert "themata --help" in ended.err
    assert ended.out == ""


def test_mistakes_in_the_configuration_are_named_by_line_and_key(
    themata: Themata, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    written = '[discord]\nrequests_per_second = -1\ncolour = 2\n[[sources]]\nkind = "feed"\n'
    config.write_text(written, encoding="utf-8")

    ended = themata("check")

    assert ended.code == 78
    assert "config.toml:2: discord.requests_per_second: " in ended.err
    assert "config.toml:3: discord.colour: is not a setting" in ended.err
    assert "config.toml:4: sources.0.url: is missing" in ended.err


def test_a_configuration_that_is_not_there_is_named(themata: Themata) -> None:
    ended = themata("check", "-c", "elsewhere.toml")

    assert ended.code == 78
    assert "elsewhere.toml: cannot be read" in ended.err


def test_without_tokens_it_says_what_to_set(themata: Themata) -> None:
    ended = themata("run")

    assert ended.code == 78
    assert "THEMATA_DISCORD_TOKEN" in ended.err
    assert "THEMATA_SLACK_BOT_TOKEN" in ended.err


def test_slack_without_its_second_token_says_what_to_set(
    themata: Themata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THEMATA_SLACK_BOT_TOKEN", "xoxb-1")

    ended = themata("run")

    assert ended.code == 78
    assert "THEMATA_SLACK_APP_TOKEN" in ended.err


def test_a_variable_that_is_misspelt_is_named(
    themata: Themata, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THEMATA_DISCORD_TOKN", WRONG)

    ended = themata("check")

    assert ended.code == 78
    assert "THEMATA_DISCORD_TOKN is not known" in ended.err
    assert WRONG not in ended.err


@pytest.mark.parametrize("command", ["preview", "ingest"])
def test_a_source_that_is_not_there_is_a_problem(themata: Themata, command: str) -> None:
    ended = themata(command, "nowhere")

    assert ended.code == 1
    assert ended.err.startswith("nowhere is no configured source")


# In a process of its own: the thread in which a database did not open can outlive its loop.
@pytest.mark.parametrize("words", [("run",), ("ingest", str(ARTICLE))])
async def test_a_database_that_cannot_be_opened_is_a_problem(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[database]\nurl = "sqlite:///no/such/folder.db"\n', encoding="utf-8")

    ended = await Program(config, {"THEMATA_DISCORD_TOKEN": WRONG}).ended(*words)

    assert ended.code == 1
    assert "the database could not be opened" in ended.err


def test_an_article_is_taken_in_once(themata: Themata) -> None:
    first, second = themata("ingest", ARTICLE), themata("ingest", ARTICLE)

    assert first == Ended(0, f"took in: {TITLE}\n1 new, 0 posts queued\n", first.err)
    assert second.out == "0 new, 0 posts queued\n"
    assert second.code == 0


def test_a_backup_is_made_once_and_says_how_it_is_put_back(
    themata: Themata, tmp_path: Path
) -> None:
    themata("ingest", ARTICLE)

    first, second = themata("backup", "copy.db"), themata("backup", "copy.db")

    assert first.code == 0
    assert f"copied {tmp_path / 'themata.db'} to {tmp_path / 'copy.db'} (" in first.out
    assert "to put it back, stop the bot, then: " in first.out
    assert second == Ended(1, "", "copy.db is there already: name a new file\n")


def test_a_backup_of_nothing_is_a_problem_and_makes_no_database(
    themata: Themata, tmp_path: Path
) -> None:
    ended = themata("backup", "copy.db")

    assert ended.code == 1
    assert f"there is no database in {tmp_path / 'themata.db'}" in ended.err
    assert list(tmp_path.iterdir()) == []


async def test_a_check_of_what_works_finds_all_well(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        ended = await here.program.ended("check")

    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "all is well"
    assert "ok    discord: the bot is Themata" in ended.out
    assert "ok    slack: the workspace is" in ended.out


async def test_a_check_names_a_source_that_is_gone(tmp_path: Path) -> None:
    async with news_server() as news:
        news.pages["/feed"] = Served(status=410)
        config = tmp_path / "config.toml"
        config.write_text(
            f'[database]\nurl = "sqlite:///{tmp_path / "themata.db"}"\n'
            "[fetch]\nallow_private_addresses = true\n"
            f'[[sources]]\nkind = "feed"\nname = "ai"\nurl = "{news.url}/feed"\n',
            encoding="utf-8",
        )
        themata = Program(config, {})
        taken = await themata.ended("ingest", "ai")
        news.put("/feed", "it may come back")
        ended = await themata.ended("check")

    assert taken.code == 1
    assert f"source ai: it is not read any more: {news.url}/feed answered 410 Gone" in ended.out
    assert "`themata ingest ai` asks again" in ended.out
    assert news.asked == ["/feed"]


@pytest.mark.parametrize(
    "variable", ["THEMATA_DISCORD_TOKEN", "THEMATA_SLACK_BOT_TOKEN", "THEMATA_SLACK_APP_TOKEN"]
)
async def test_a_check_names_the_token_that_is_wrong(tmp_path: Path, variable: str) -> None:
    async with world(tmp_path) as here:
        ended = await here.with_token(variable).ended("check")

    mend = next(line for line in ended.out.splitlines() if "to mend it" in line)
    assert ended.code == 1
    assert variable in mend
    assert ended.out.splitlines()[-1] == "1 to mend"
    assert WRONG not in ended.out + ended.err


async def test_a_platform_that_runs_alone_and_is_refused_ends_the_program(tmp_path: Path) -> None:
    async with world(tmp_path) as here:
        wrong = here.with_token("THEMATA_DISCORD_TOKEN")
        ended = await wrong.ended("run", "--only", "discord")

    assert ended.code == 78
    assert "THEMATA_DISCORD_TOKEN" in ended.err
    assert WRONG not in ended.err


async def test_the_sandbox_opens_its_page_and_ends_when_told_to(tmp_path: Path) -> None:
    themata = Program(tmp_path / "unused.toml", {})
    async with (
        themata.running("sandbox", "--port", "0", configured=False) as process,
        asyncio.timeout(PATIENCE),
        aiohttp.ClientSession() as session,
    ):
        said = await process.stdout.readuntil(b"Ctrl-C")
        url = said.decode().partition("Open ")[2].split()[0]
        async with session.get(url) as page:
            shown = page.status
        process.send_signal(signal.SIGTERM)
        goodbye, complaints = await process.communicate()

    assert shown == 200
    assert process.returncode == 0
    assert goodbye.decode().endswith("Stopped. Nothing was kept.\n")
    assert complaints == b""


async def _frozen(_stopping: asyncio.Event) -> bool:
    return gc.get_freeze_count() > 0


def test_the_running_bot_spares_itself_to_look_for_garbage_in_what_was_imported(
    themata: Themata, monkeypatch: pytest.MonkeyPatch
) -> None:
    @asynccontextmanager
    async def bot(*_: object, only: str | None) -> AsyncIterator[SimpleNamespace]:
        yield SimpleNamespace(run=_frozen, only=only)

    monkeypatch.setattr("bots.app.open_app", bot)
    try:
        assert themata("run").code == cli.OK
    finally:
        gc.unfreeze()
