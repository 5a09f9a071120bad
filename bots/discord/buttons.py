"""What is written into a button, and what a pressed button says."""

from dataclasses import dataclass

_VERSION = "t1:"
_MOST = 100  # characters that Discord takes as a custom id


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of ours, which stands for typing `words`."""

    words: str


@dataclass(frozen=True, slots=True)
class OlderVersion:
    """A button that this version of the bot never makes."""


def custom_id(words: str) -> str | None:
    """Return the id of a button that stands for `words`, or None if they are too long."""
    written = _VERSION + words
    return written if len(written) <= _MOST and written.isprintable() else None


def read(written: str) -> Pressed | OlderVersion:
    """Return what a button with this custom id stands for. Anyone may have made the id."""
    if not written.startswith(_VERSION):
        return OlderVersion()
    return Pressed(written.removeprefix(_VERSION))
