"""The command line."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager, nullcontext
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import cyclopts

from bots.options import (
    AddressName,
    ArticleName,
    AsJson,
    BackupFile,
    ChosenStyle,
    ConfigFile,
    DryRun,
    ImportFile,
    Only,
    PersonId,
    Place,
    PlainJson,
    Port,
    Prove,
    Quiet,
    Target,
    UndoImport,
    WorkspaceId,
)

if TYPE_CHECKING:
    # What a command needs is imported when it runs: `themata --help` stays fast.
    from core.config import Secrets, Settings

OK, PROBLEM, USAGE, TAKEN, CONFIGURATION = 0, 1, 2, 75, 78

app = cyclopts.App(
    name="themata",
    help="Posts the AI news to Discord and Slack, by the tags that channels and members follow.",
    version=lambda: metadata.version("themata-bot"),
    result_action="return_value",
)


@app.command
def run(*, only: Only = None, config: ConfigFile = None) -> int:
    """Run the bot until it is told to stop (Ctrl-C, SIGTERM)."""

    async def serve(settings: "Settings", secrets: "Secrets") -> int:
        from bots.app import open_app
        from bots.platforms import NothingToRun
        from core.db import DatabaseError

        try:
            async with open_app(settings, secrets, only=only) as bot:
                # What was imported is no garbage: to look through it would stop all for 0.1 s.
                gc.freeze()
                ended_well = await bot.run(_told_to_stop())
        except NothingToRun as error:
            return _complain(str(error), CONFIGURATION)
        except DatabaseError as error:
            return _complain(str(error), PROBLEM)
        return OK if ended_well else CONFIGURATION

    return _with_settings(config, serve, holding=_database_alone)


@app.command
def sandbox(*, port: Port = 8025) -> int:
    """Start the bot with a Discord and a Slack on this machine, and a page to try both."""
    from bots.trial import run_trial

    return asyncio.run(run_trial(port))


@app.command
def check(*, config: ConfigFile = None) -> int:
    """Look whether configuration, database, tokens and sources work, and say what to do."""
    from bots.check import findings

    async def look(settings: "Settings", secrets: "Secrets") -> int:
        bad = 0
        async for finding in findings(settings, secrets):
            bad += not finding.is_well
            print(f"{'ok  ' if finding.is_well else 'FAIL'}  {finding.subject}: {finding.detail}")
            if finding.step:
                print(f"      to mend it: {finding.step}")
        print("all is well" if not bad else f"{bad} to mend")
        return PROBLEM if bad else OK

    return _with_settings(config, look)


@app.command
def preview(
    source: Place,
    /,
    *,
    platform: Target = "text",
    style: ChosenStyle = None,
    json: AsJson = False,
    config: ConfigFile = None,
) -> int:
    """Show how the articles of a source would be posted. Nothing is stored or sent."""
    from bots.ingest import read
    from bots.preview import articles_of, as_body, as_shown

    async def show(settings: "Settings", _secrets: "Secrets") -> int:
        reading = await read(settings, source)
        shown = as_body if json else as_shown
        for article in articles_of(reading.drafts):
            print(shown(article, platform, style or settings.posts.style))
        return _told_problems(reading.problems)

    return _with_settings(config, show)


@app.command
def why(
    article: ArticleName,
    address: AddressName,
    /,
    *,
    json: PlainJson = False,
    config: ConfigFile = None,
) -> int:
    """Say why an article was posted at an address, or was not, stage by stage."""
    from bots.why import NoAddress, as_json, as_shown, way_of
    from bots.why import address as read_address
    from core.db import DatabaseError

    async def say(settings: "Settings", _secrets: "Secrets") -> int:
        try:
            way = await way_of(settings, article, read_address(address))
        except NoAddress as error:
            return _complain(str(error), USAGE)
        except DatabaseError as error:
            return _complain(str(error), PROBLEM)
        print(as_json(way) if json else as_shown(way))
        return OK if way.article else PROBLEM

    return _with_settings(config, say)


@app.command
def ingest(source: Place, /, *, quiet: Quiet = False, config: ConfigFile = None) -> int:
    """Take in the new articles of a source now. A running bot posts them.

    A configured source is read as it always is: nothing of its first reading is posted.
    """
    from bots.ingest import take_in_now
    from core.db import DatabaseError

    async def take(settings: "Settings", _secrets: "Secrets") -> int:
        try:
            taken = await take_in_now(settings, source, quiet=quiet)
        except DatabaseError as error:
            return _complain(str(error), PROBLEM)
        for article in taken.articles:
            print(f"took in: {article.title}")
        print(f"{len(taken.articles)} new, {taken.deliveries} posts queued")
        if taken.was_first:
            print("this was the source's first reading: its articles are stored, not posted")
        if taken.doubtful:
            print(
                f"{taken.doubtful} of them may have been posted before the database was restored:"
                " they are stored, not posted"
            )
        return _told_problems(taken.problems)

    return _with_settings(config, take)


@app.command
def backup(file: BackupFile, /, *, config: ConfigFile = None) -> int:
    """Copy the database to a new file. The bot may run meanwhile."""
    from datetime import UTC, datetime

    from bots.backup import CannotBackUp, back_up

    async def copy(settings: "Settings", _secrets: "Secrets") -> int:
        url = settings.database.url
        try:
            print(await asyncio.to_thread(back_up, url, file, now=datetime.now(UTC)))
        except CannotBackUp as error:
            return _complain(str(error), PROBLEM)
        return OK

    return _with_settings(config, copy)


@app.command
def restored(*, config: ConfigFile = None) -> int:
    """Say that an old copy of the database was put back: nothing is posted that may have been.

    What `themata backup` copied says so by itself. Stop the bot first.
    """
    from datetime import UTC, datetime

    from bots.backup import NoDatabase, make_up_by_hand
    from core.db import DatabaseError

    async def make_up(settings: "Settings", _secrets: "Secrets") -> int:
        try:
            done = await make_up_by_hand(settings.database.url, now=datetime.now(UTC))
        except (NoDatabase, DatabaseError) as error:
            return _complain(str(error), PROBLEM)
        print(f"{done.ended} open posts ended as unknown, {done.dropped} articles not queued on")
        print("what the sources published until now is stored, not posted; what comes is posted")
        return OK

    return _with_settings(config, make_up, holding=_database_alone)


@app.command
def purge(
    *,
    user: PersonId = None,
    workspace: WorkspaceId = None,
    prove: Prove = False,
    config: ConfigFile = None,
) -> int:
    """Delete all that is stored about a person, or about a workspace. It cannot be had back."""
    from datetime import UTC, datetime

    from bots import records

    async def delete(url: str) -> list[str]:
        now = datetime.now(UTC)
        if bool(user) == bool(workspace):
            raise records.Refused("say whom: --user ID, or --workspace PLATFORM/ID")
        if user:
            return await records.purge_user(url, user, prove=prove, now=now)
        return await records.purge_workspace(url, workspace or "", prove=prove, now=now)

    return _with_records(config, delete)


@app.command
def export(
    *, workspace: WorkspaceId = None, user: PersonId = None, config: ConfigFile = None
) -> int:
    """Print the settings of a workspace as TOML, or all that is stored about a person as JSON."""
    from datetime import UTC, datetime

    from bots import records

    async def tell(url: str) -> list[str]:
        if user:
            return [await records.export_user(url, user, now=datetime.now(UTC))]
        return [(await records.export_workspace(url, workspace)).rstrip("\n")]

    return _with_records(config, tell)


@app.command(name="import")
def import_(
    file: ImportFile = None,
    /,
    *,
    dry_run: DryRun = False,
    undo: UndoImport = False,
    config: ConfigFile = None,
) -> int:
    """Set the channels of a workspace as a file says that `themata export` wrote.

    All of it or nothing. Channels that it does not name stay as they are.
    """
    from datetime import UTC, datetime

    from bots import records

    async def put(url: str) -> list[str]:
        now = datetime.now(UTC)
        if undo and not file:
            return await records.undo_import(url, now=now)
        if undo or not file:
            raise records.Refused("name the file to import, or say --undo without one")
        return await records.import_file(url, file, is_trial=dry_run, now=now)

    return _with_records(config, put)


def main(words: Sequence[str] | None = None) -> None:
    """Run the command that was typed, or these words, and exit with its code."""
    typed = sys.argv[1:] if words is None else words
    try:
        code = app(typed, exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        print(f"{error}\n`themata --help` shows what can be typed.", file=sys.stderr)
        code = USAGE
    except KeyboardInterrupt:
        code = 130
    sys.exit(code if isinstance(code, int) else OK)


def _with_records(
    config: Path | None, do: "Callable[[str], Coroutine[None, None, list[str]]]"
) -> int:
    """Print what `do` tells of the configured database, or why it refused; return the code."""
    from bots.records import Refused
    from core.db import DatabaseError

    async def on(settings: "Settings", _secrets: "Secrets") -> int:
        try:
            print("\n".join(await do(settings.database.url)))
        except (Refused, DatabaseError) as error:
            return _complain(str(error), PROBLEM)
        return OK

    return _with_settings(config, on)


def _with_settings(
    config: Path | None,
    do: "Callable[[Settings, Secrets], Coroutine[None, None, int]]",
    *,
    holding: "Callable[[Settings], AbstractContextManager[None]]" = lambda _: nullcontext(),
) -> int:
    """Return the exit code of `do`, or say what is wrong with the configuration.

    What it is `holding` is taken first, and held until the end.
    """
    from core.config import ConfigError, load_secrets, load_settings
    from core.lock import Locked, Unlockable

    try:
        settings, secrets = load_settings(config), load_secrets(os.environ)
        with holding(settings):
            return _run(settings, secrets, do)
    except ConfigError as error:
        return _complain(str(error), CONFIGURATION)
    except Locked as error:
        return _complain(str(error), TAKEN)
    except Unlockable as error:
        return _complain(str(error), PROBLEM)


def _run(
    settings: "Settings",
    secrets: "Secrets",
    do: "Callable[[Settings, Secrets], Coroutine[None, None, int]]",
) -> int:
    from bots.logs import set_up_log
    from core.sources import SourceError

    set_up_log(settings.log, [s.get_secret_value() for s in secrets.model_dump().values()])
    try:
        return asyncio.run(do(settings, secrets))
    except SourceError as error:
        return _complain(str(error), PROBLEM)


def _database_alone(settings: "Settings") -> AbstractContextManager[None]:
    """Return what keeps other programs off the database, where only one can work on it."""
    from core.lock import only_program
    from core.sqlite import file_of

    file = file_of(settings.database.url)
    return only_program(file) if file else nullcontext()


def _told_to_stop() -> asyncio.Event:
    """Return the event that Ctrl-C and SIGTERM set."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, stopping.set)
    return stopping


def _told_problems(problems: Sequence[str]) -> int:
    for problem in problems:
        print(f"problem: {problem}", file=sys.stderr)
    return PROBLEM if problems else OK


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
