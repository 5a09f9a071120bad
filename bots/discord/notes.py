"""What the bot remembers from one run to the next."""

from typing import Protocol


class NotesAway(OSError):
    """The notes cannot be reached now. Says why."""


class Notes(Protocol):
    """A few words that outlive the program. Both methods raise `NotesAway`."""

    async def recall(self, name: str) -> str | None:
        """Return what was last remembered under `name`."""
        ...

    async def remember(self, name: str, value: str) -> None:
        """Keep `value` under `name`."""
        ...
