"""Answers to members who want to be mentioned below the posts of a channel."""

from core.compose.phrases import to_stop
from core.compose.rules import following
from core.grammar import word_of
from core.messages import Message, Note, Part, Text
from core.rules import Rules


def only_in_channels(*, prefix: str) -> Message:
    """Return the answer to `here` that was typed in direct messages."""
    return Message(
        (
            Text("These are your direct messages, which have no threads to be mentioned in."),
            Text("Type it in the channel in whose threads you want to be mentioned."),
            Note((f"For each new article as a direct message, type {prefix}subscribe llms",)),
        )
    )


def bot_is_not_here(step: str) -> Message:
    """Return the refusal of what is about a channel that the bot is not in; `step` mends it."""
    return Message(
        (
            Text("That is about a channel, and I am not in this one."),
            Text("You brought me here yourself: I answer you alone, and see nothing else of it."),
            Text(step),
        )
    )


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
