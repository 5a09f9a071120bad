"""The bot on Discord's gateway, with nobody to ask and notes that last as long as the test."""

import warnings
from collections.abc import Sequence

from bots.sandbox.discord import DiscordStandIn
from core.commands import Caller, Command
from core.desk import Suggestion
from core.messages import Message, Text
from tests.fakes import SharesNothing
from tests.reachability import FakeReachability

with warnings.catch_warnings():
    # discord.py can speak too, by a module that Python 3.13 no longer has.
    warnings.simplefilter("ignore", DeprecationWarning)
    from bots.discord.bot import DiscordBot

__all__ = ["DiscordBot", "LastingNotes", "SilentDesk", "quiet_bot"]


class SilentDesk(SharesNothing):
    """A desk that nobody asks."""

    async def answer(self, _command: Command, _caller: Caller) -> Message:
        """Say nothing."""
        return Message((Text(""),))

    async def suggest(self, _typed: str) -> Sequence[Suggestion]:
        """Return nothing."""
        return ()


class LastingNotes:
    """Notes that outlive each bot of the test."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    async def recall(self, name: str) -> str | None:
        """Return what was remembered."""
        return self.kept.get(name)

    async def remember(self, name: str, value: str) -> None:
        """Keep it."""
        self.kept[name] = value


def quiet_bot(
    discord: DiscordStandIn, notes: LastingNotes, reachability: FakeReachability
) -> DiscordBot:
    """Return a bot that is not yet connected."""
    return DiscordBot(
        discord.token,
        SilentDesk(),
        notes,
        reachability=reachability,
        api_url=discord.api_url,
        gateway_url=discord.gateway_url,
    )
