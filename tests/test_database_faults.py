"""What can happen to a database and its disk: nothing is lost, and it is said."""

import resource
from pathlib import Path

import pytest

from bots.sandbox.discord import DiscordStandIn
from bots.sandbox.slack import SlackStandIn
from core.lock import Locked, only_program
from tests.program import program


def cpu_of_ended() -> float:
    """Return the CPU seconds of all processes that this one started and that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def test_k11_a_second_program_on_a_file_ends_with_75_before_it_does_anything(
    tmp_path: Path,
) -> None:
    async with DiscordStandIn() as discord, SlackStandIn() as slack:
        themata = program(tmp_path, discord, slack)
        with only_program(tmp_path / "themata.db"):
            before = cpu_of_ended()
            second = await themata.ended("run")
            seconds = cpu_of_ended() - before

    assert second.code == 75
    assert second.err == (
        f"another themata runs on {tmp_path / 'themata.db'}: stop that one first,"
        " or name another file in database.url\n"
    )
    # Of the processor: how long the clock runs depends on what else this machine does.
    assert seconds < 1
    assert not (tmp_path / "themata.db").exists()


async def test_k11_a_running_program_holds_its_file_and_a_killed_one_no_longer(
    tmp_path: Path,
) -> None:
    async with DiscordStandIn() as discord, SlackStandIn() as slack:
        themata = program(tmp_path, discord, slack)
        async with themata.running("run") as first:
            await discord.connected()
            second, check = await themata.ended("run"), await themata.ended("check")
            first.kill()
            await first.wait()

    with only_program(tmp_path / "themata.db"):
        pass
    assert (second.code, check.code) == (75, 0)


def test_k11_a_file_has_one_lock_by_whatever_name(tmp_path: Path) -> None:
    other_name = tmp_path / "link.db"
    other_name.symlink_to(tmp_path / "themata.db")

    with only_program(tmp_path / "themata.db"), pytest.raises(Locked), only_program(other_name):
        pass
