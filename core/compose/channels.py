"""Answers to those who manage a channel."""

from collections.abc import Collection
from datetime import datetime

from core.compose.phrases import hashed, nothing_changed, to_stop, undo, words
from core.messages import Fact, Message, Note, Part, Text


def channel_follows(
    new: Collection[str], already: Collection[str], all_tags: Collection[str], *, prefix: str
) -> Message:
    """Return the answer to a mod whose channel now follows `new` too."""
    said: list[Part] = []
    if new:
        said.append(Text(f"This channel now follows {hashed(new)}."))
    if already:
        said.append(Text(f"This channel already follows {hashed(already)}."))
    said.append(Text("Each new article is posted here, as soon as it is out."))
    if len(all_tags) > len(new) + len(already):
        said.append(Note((f"All that it follows: {hashed(all_tags)}",)))
    said.append(to_stop(f"{prefix}channel unfollow", new or already))
    return Message((*said, *undo("channel unfollow", new)))


def channel_unfollows(gone: Collection[str], left: Collection[str], *, prefix: str) -> Message:
    """Return the answer to a mod whose channel stopped following `gone`."""
    rest = f"It still follows {hashed(left)}." if left else "It follows no tags now."
    if not gone:
        return nothing_changed("This channel did not follow that.", rest)
    return Message(
        (
            Text(f"This channel no longer follows {hashed(gone)}."),
            Text(rest),
            Note((f"To follow again, type {prefix}{words('channel follow', gone)}",)),
            *undo("channel follow", gone),
        )
    )


def channel_status(
    tags: Collection[str],
    paused_because: str | None,
    *,
    last_post_at: datetime | None,
    waiting: int,
    prefix: str,
) -> Message:
    """Return what a channel follows and whether posts reach it."""
    if not tags:
        return Message(
            (
                Text("This channel follows no tags yet."),
                Note((f"To follow one, type {prefix}channel follow and its name",)),
            )
        )
    said: list[Part] = [Text(f"This channel follows {hashed(tags)}.")]
    if paused_because:
        said.append(Text(f"Nothing is posted here now: {paused_because}."))
        again = f"{prefix}{words('channel follow', tags)}"
        said.append(Text(f"When that is mended, type {again}"))
    last: tuple[Fact, ...] = ("Last post", last_post_at) if last_post_at else ("No posts yet",)
    said.append(Note((*last, f"{waiting} waiting" if waiting else "none waiting")))
    said.append(to_stop(f"{prefix}channel unfollow", list(tags)[:1]))
    return Message(tuple(said))


def may_not_manage(right: str) -> Message:
    """Return the refusal of a change to a channel. `right` is what the platform calls it."""
    return Message(
        (
            Text("You cannot change what this channel follows."),
            Text(f"That takes {right}. Ask someone who has it."),
        )
    )


def cannot_post_here(step: str) -> Message:
    """Return the refusal to follow in a channel where the bot cannot post."""
    return Message(
        (
            Text("I cannot post in this channel yet, so nothing was changed."),
            Text(f"{step} Then type the command again."),
        )
    )


def no_channel_here(*, prefix: str) -> Message:
    """Return the answer to a channel's command that was typed in direct messages."""
    return Message(
        (
            Text("This is no channel, but your direct messages."),
            Note((f"To follow a tag here, type {prefix}subscribe and its name",)),
        )
    )
