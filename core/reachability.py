"""The port through which platforms tell what opens and closes."""

from collections.abc import Collection
from typing import Protocol

from core.posting import Platform


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

    async def workspaces_present(self, platform: Platform, present: Collection[str]) -> None:
        """Take these for all the workspaces that the bot is in: any other was left meanwhile.

        The workspace that stands for direct messages is among them where there is one.
        """
        ...
