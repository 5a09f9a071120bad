"""A listener to what opens and closes, which keeps what it was told."""

import asyncio
from collections.abc import Collection

from core.posting import Platform


class FakeReachability:
    """Keeps what it was told, in order: what happened, and where."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []
        self._news = asyncio.Condition()

    async def until(self, count: int) -> list[tuple[str, ...]]:
        """Return what was told once it is this much."""
        async with self._news:
            await self._news.wait_for(lambda: len(self.told) >= count)
        return self.told

    async def channel_opened(self, platform: Platform, workspace: str, channel: str) -> None:
        """Keep it."""
        await self._keep("opened", platform, workspace, channel)

    async def channel_closed(
        self, platform: Platform, workspace: str, channel: str, because: str
    ) -> None:
        """Keep it."""
        await self._keep("closed", platform, workspace, channel, because)

    async def workspace_left(self, platform: Platform, workspace: str) -> None:
        """Keep it."""
        await self._keep("left", platform, workspace)

    async def workspace_joined(self, platform: Platform, workspace: str) -> None:
        """Keep it."""
        await self._keep("joined", platform, workspace)

    async def workspace_away(self, platform: Platform, workspace: str) -> None:
        """Keep it."""
        await self._keep("away", platform, workspace)

    async def workspaces_present(self, platform: Platform, present: Collection[str]) -> None:
        """Keep it."""
        await self._keep("present", platform, *present)

    async def _keep(self, *told: str) -> None:
        self.told.append(told)
        async with self._news:
            self._news.notify_all()
