"""The commands about stored data say whom they mean, and refuse what is not clear."""

from pathlib import Path

import pytest

from bots.cli import main
from bots.records import Refused, export_workspace, purge_user, purge_workspace
from core import subscriptions
from core.db import open_database
from core.posting import Address
from tests.conftest import NOW
from tests.program import log_as_before

HERE = Address("slack", "T1", "C1")


@pytest.fixture
async def address(database_file: Path) -> str:
    """Give the address of a database in which two workspaces are set up."""
    address = f"sqlite:///{database_file}"
    async with open_database(address) as database, database.write() as db:
        for channel in (HERE, Address("discord", "1", "10"), Address("discord", "@me", "7")):
            await subscriptions.follow(db, channel, ["llms"], by="7", now=NOW)
    return address


async def test_where_there_are_several_workspaces_one_has_to_be_named(address: str) -> None:
    with pytest.raises(Refused) as refused:
        await export_workspace(address, None)

    assert str(refused.value).splitlines() == [
        "which workspace? there are 2:",
        "  --workspace discord/1",
        "  --workspace slack/T1",
    ]


@pytest.mark.parametrize("named", ["", "irc/7", "slack/T1/", "slack/T1/U7/1"])
async def test_a_person_is_named_by_an_id(address: str, named: str) -> None:
    with pytest.raises(Refused):
        await purge_user(address, named, prove=False, now=NOW)


@pytest.mark.parametrize("named", ["T1", "slack/", "irc/T1"])
async def test_a_workspace_is_named_with_its_platform(address: str, named: str) -> None:
    with pytest.raises(Refused):
        await purge_workspace(address, named, prove=False, now=NOW)


async def test_a_person_is_purged_only_where_it_is_said(address: str) -> None:
    told = await purge_user(address, "discord/1/7", prove=False, now=NOW)

    assert told == [
        "discord: deleted 0 topics, 0 articles; 1 settings of channels stay, without their maker"
    ]
    assert len(await purge_user(address, "7", prove=False, now=NOW)) == 2


@pytest.mark.parametrize("words", [["purge"], ["purge", "--user", "1", "--workspace", "slack/1"]])
def test_the_command_line_refuses_what_is_not_clear(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with log_as_before(), pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 1
    assert not list(tmp_path.iterdir())
