"""Which addresses are closed to the bot, and what opens them again."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal, Protocol

from core.db import Database
from core.posting import Platform

PauseKind = Literal["closed", "away", "left"]
"""Why: a person has to mend it; an outage of the platform; the bot was removed."""


class Reachability(Protocol):
    """What an adapter tells of channels and workspaces that open and close. All may be repeated."""

    async def channel_opened(self, platform: Platform, workspace: str, channel: str) -> None:
        """Post there again: it was reopened, or the bot may post there again."""
        ...

    async def channel_closed(
        self, platform: Platform, workspace: str, channel: str, because: str
    ) -> None:
        """Post nothing there until it is opened; `because` is a reason in plain words."""
        ...

    async def workspace_left(self, platform: Platform, workspace: str) -> None:
        """Post nothing there: the bot was removed. Its data is purged after a time of grace."""
        ...

    async def workspace_joined(self, platform: Platform, workspace: str) -> None:
        """Post there: the bot is there, perhaps again, and the workspace is up."""
        ...

    async def workspace_away(self, platform: Platform, workspace: str) -> None:
        """Hold what is due there, and tell nobody: the platform has an outage."""
        ...


class Pauses:
    """Keeps in the database what is closed. `when_released` is called when posts can go out."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        when_released: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._when_released = when_released
