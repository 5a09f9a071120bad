"""What is said of stories that wait for a while: how many, until when, and what can be done now."""

from core import text
from core.compose.phrases import nothing_changed, row, stories
from core.messages import Message, Minute, Note, Part, Text, WordsButton
from core.outbox import KeptBack

POSTED_AT_ONCE = 5
"""How many stories a button lets out at once, where more wait."""

_FOR = {
    "digest": ("for the next digest", "It comes"),
    "cap": ("for the next digest, as the limit of the day is used up", "It comes"),
    "quiet": ("until they may come", "They come"),
    "": ("to be posted later", "The first comes"),
}


def told_waiting(kept: KeptBack, *, is_paused: bool) -> tuple[Part, ...]:
    """Return how many stories wait, and when they come unless the whole channel is paused."""
    if not kept.many:
        return ()
    wait = f"{stories(kept.many)} {'waits' if kept.many == 1 else 'wait'}"
    if is_paused:
        return (Text(f"{wait}."),)
    for_what, comes = _FOR[kept.why]
    when = (Note((comes, Minute(kept.comes_at))),) if kept.comes_at else ()
    return (Text(f"{wait} {for_what}."), *when)


def instead_of_waiting(kept: KeptBack, channel: str = "") -> list[WordsButton]:
    """Return the buttons that post some of what waits now, and skip all of it.

    In the `channel` of that id, if it is not the one where they are pressed.
    """
    about = f" in:{channel}" if channel else ""
    many = min(kept.many, POSTED_AT_ONCE)
    posts = WordsButton(f"Post {many} now", f"channel waiting post {many}{about}")
    return [posts, WordsButton("Skip", f"channel waiting skip{about}")] if many else []


def with_buttons(kept: KeptBack, *, is_paused: bool, channel: str = "") -> list[Part]:
    """Return what waits with the buttons that change that; nothing if nothing does."""
    told = told_waiting(kept, is_paused=is_paused)
    return [*told, row(*instead_of_waiting(kept, channel))] if told else []


def what_waits(kept: KeptBack, *, is_paused: bool, prefix: str) -> Message:
    """Return what waits for a channel, and what can be done with it."""
    if not kept.many:
        return _none_waits()
    return Message(
        (
            *with_buttons(kept, is_paused=is_paused),
            Note((f"For more of them, type {prefix}channel waiting post and how many",)),
        )
    )


def waiting_for_what(typed: str, *, prefix: str) -> Message:
    """Return the answer to a mod who does not say clearly what to do with what waits."""
    said = text.clip(text.clean(typed), 60)
    return Message(
        (
            Text(f"I do not understand what “{said}” does with what waits. Nothing was changed."),
            Note(
                (f"For example: {prefix}channel waiting post 5, or {prefix}channel waiting skip",)
            ),
        )
    )


def posted_now(many: int, left: KeptBack, *, is_paused: bool) -> Message:
    """Return the answer to a mod who let the hottest of what waits come at once."""
    if not many:
        return _none_waits()
    hottest = f"The {many} hottest stories come now, in one message."
    said = Text("The hottest story comes now." if many == 1 else hottest)
    return Message((said, *with_buttons(left, is_paused=is_paused)))


def skipped(many: int, undo: str, *, prefix: str) -> Message:
    """Return the answer to a mod who skipped all that waited; `undo` takes it back."""
    if not undo:
        return _none_waits()
    come = "is skipped: it does" if many == 1 else "are skipped: they do"
    return Message(
        (
            Text(f"{stories(many)} {come} not come here."),
            Text("What is told from now on is posted or held as before."),
            Note((f"To see why one did not come, type {prefix}why and its link",)),
            row(WordsButton("Undo", undo)),
        )
    )


def put_back(many: int) -> Message:
    """Return the answer to a mod who took a skip back."""
    if not many:
        why = "None of what was skipped is still news."
        return nothing_changed(why, "What is told from now on is posted or held as before.")
    waits = "waits again" if many == 1 else "wait again"
    return Message(
        (
            Text(f"{stories(many)} {waits}, and what was due meanwhile comes now."),
            row(WordsButton("Show what waits", "channel waiting")),
        )
    )


def _none_waits() -> Message:
    return nothing_changed("No story waits here.", "New stories come by the rules of this channel.")
