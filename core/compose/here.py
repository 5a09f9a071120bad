"""Answers to members who want to be mentioned below the posts of a channel."""

from core.compose.phrases import to_stop
from core.compose.rules import following
from core.grammar import word_of
from core.messages import Note, Part
from core.rules import Rules


def nothing_to_follow_here(*, prefix: str) -> Part:
    """Return what is said if the channel itself follows nothing."""
    said = "This channel follows nothing yet, so there are no posts to be mentioned at"
    return Note((f"{said}; a mod can type {prefix}channel follow",))


def also_here(rules: Rules, *, prefix: str) -> tuple[Part, ...]:
    """Return what a member follows beside this channel; nothing if there is nothing."""
    if not rules:
        return ()
    first = word_of(min(rules))
    said = following("Here you follow", rules, "mentioned in the threads")
    return (*said, to_stop(f"{prefix}unsubscribe here", [first]))
