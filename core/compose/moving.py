"""Answers to who moves what a channel follows to another one."""

from core.compose.phrases import nothing_changed, row, stories
from core.compose.rules import topics_in_words
from core.messages import Choices, Message, Note, Part, Place, Text, WordsButton
from core.moving import Moved, Wanted


def move_where(channel: str, *, prefix: str) -> Message:
    """Return the question where it shall go; `channel` is moved, "" is where it is asked."""
    about = f" in:{channel}" if channel else ""
    words = f"channel move{about} to:"
    return Message(
        (
            Text("To which channel shall all that this one follows go? You need the right there."),
            Choices("Channel", words, (), hint="Choose a channel", finds_channels=True),
            Note(("Its rules and settings go along, and what waits for them",)),
            Note((f"Or type {prefix}channel move and the channel",)),
        )
    )


def moved_nowhere() -> Message:
    """Return the answer to who moves a channel to itself."""
    return nothing_changed("That is this channel itself.", "To move it, choose another one.")


def moved(it: Moved, channel: str, changes: tuple[int, int], wanted: Wanted) -> Message:
    """Return the answer to who moved all that a channel follows to the other `channel`.

    `changes` are the numbers of the change in the one that is left, and in the other.
    """
    said: list[Part] = [Text(f"This channel no longer follows {topics_in_words(it.left.rules)}.")]
    said += [Place(channel, ("follows that now",)), *map(Text, _more(it, wanted))]
    undo = WordsButton("Undo", f"channel move back:{changes[0]},{changes[1]}")
    shows = WordsButton("Show status there", f"channel status in:{channel}")
    return Message((*said, row(undo, shows)))


def moved_back(channel: str) -> Message:
    """Return the answer to who took a move to the other `channel` back."""
    return Message(
        (
            Text("This channel follows again what it did, as before the move."),
            Place(channel, ("is as it was before",)),
            row(WordsButton("Show status", "channel status")),
        )
    )


def _more(it: Moved, wanted: Wanted) -> list[str]:
    """Return what was not simply moved, and what waited."""
    more = []
    if it.waiting:
        more.append(f"{stories(it.waiting)} that waited {_comes(it.waiting)} there too.")
    if it.kept:
        more.append(f"It followed {topics_in_words(it.kept)} already: that stays as it was there.")
    if it.found.rules:
        more.append("Its time zone, its pause and who may set it up stay its own.")
        return more
    if it.left.managers and not wanted.managers:
        more.append("Who may set it up was not moved, for only its mods choose that.")
    if it.left.crosspost and not wanted.crosspost:
        more.append("Its posts are not passed on: it is no channel for announcements.")
    if it.left.paused:
        more.append("It is paused there as it was here.")
    return more


def _comes(many: int) -> str:
    return "comes" if many == 1 else "come"
