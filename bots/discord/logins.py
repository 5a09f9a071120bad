"""How often the bot logs in at Discord's gateway, counted across restarts."""

import json
from datetime import UTC, datetime, timedelta

from bots.discord.notes import Notes
from core.clock import Clock, utc_now

MOST = 50
"""Logins in 24 hours. At 1,000 Discord would make the bot's token invalid."""
_WINDOW = timedelta(hours=24)
_NAME = "discord logins"


class Logins:
    """A budget of logins. To take up an earlier session again is none."""

    def __init__(self, notes: Notes, clock: Clock = utc_now) -> None:
        self._notes = notes
        self._clock = clock

    async def wait(self) -> timedelta:
        """Return how long it is until the bot may log in, zero if it may now."""
        now = self._clock()
        times = await self._times(now)
        return times[-MOST] + _WINDOW - now if len(times) >= MOST else timedelta()

    async def take(self) -> bool:
        """Count a login that is about to be, and say whether it may be."""
        now = self._clock()
        times = await self._times(now)
        if len(times) >= MOST:
            return False
        kept = json.dumps([time.timestamp() for time in (*times, now)])
        await self._notes.remember(_NAME, kept)
        return True

    async def _times(self, now: datetime) -> list[datetime]:
        """Return the times of the logins that count, oldest first."""
        times = _read(await self._notes.recall(_NAME) or "[]")
        # Times to come are from a clock that was wrong: they must not hold the bot for years.
        return sorted(time for time in times if now - _WINDOW < time <= now)


def _read(kept: str) -> list[datetime]:
    """Return the times that were kept, none if they cannot be read."""
    try:
        return [datetime.fromtimestamp(seconds, UTC) for seconds in json.loads(kept)]
    except (ValueError, TypeError, OverflowError):
        return []
