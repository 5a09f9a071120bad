"""Answers about what is stored of a person, or of a whole workspace."""

from core.compose.phrases import row
from core.messages import Document, Message, Note, Points, Text, WordsButton
from core.people import Stored
from core.workspaces import Kept

LONGEST_SHOWN = 3000
"""Characters of a text that still fits in a message, where no file can be sent."""

_GONE = "It is gone from the database within an hour, and with the operator's oldest backup."
_UNTIL = "It is kept until you stop following or delete it. Who made a change is kept for 90 days."


def stored(of: Stored, *, prefix: str) -> Message:
    """Return what is stored about who asks."""
    if not of:
        return _nothing(prefix)
    return Message(
        (
            Points("What I store about you, under your id on this platform:", _stored(of)),
            Text(_UNTIL),
            row(
                WordsButton("Show all of it", "privacy export"),
                WordsButton("Delete my data", "privacy delete"),
            ),
            Note((f"Admins see what is stored of all channels with {prefix}privacy server",)),
        )
    )


def delete_all(of: Stored, *, prefix: str) -> Message:
    """Ask who wants their data deleted whether they mean it, with what will go."""
    if not of:
        return _nothing(prefix)
    stays = "What you set for channels stays as it is; that it was you does not."
    return Message(
        (
            Points("This will be deleted, and cannot be had back:", _stored(of)),
            *([Text(stays)] if of.made else []),
            row(WordsButton("Delete it", "privacy delete yes")),
            Note((f"To keep a copy first, type {prefix}privacy export",)),
        )
    )


def deleted(had: Stored, *, prefix: str) -> Message:
    """Return the answer to who had their data deleted, with what that was."""
    if not had:
        return _nothing(prefix)
    return Message(
        (
            Points("Deleted:", _stored(had)),
            Text(_GONE),
            Note((f"To follow something again, type {prefix}subscribe and a tag",)),
        )
    )


def stored_of_all(of: Kept, *, prefix: str) -> Message:
    """Return what is stored of a workspace."""
    return Message(
        (
            Points("What I store of all channels here:", _kept(of)),
            Text("It is kept while I am here, and for 30 days after that if nothing else is set."),
            row(
                WordsButton("Show all settings", "privacy server export"),
                WordsButton("Delete all data", "privacy server delete"),
            ),
            Note((f"What I store about you alone: {prefix}privacy",)),
        )
    )


def delete_all_of_all(of: Kept, *, prefix: str) -> Message:
    """Ask an admin whether all data of the workspace is to be deleted, with what will go."""
    return Message(
        (
            Points("This will be deleted for everyone here, and cannot be had back:", _kept(of)),
            Text("No channel gets anything any more until it is set up anew."),
            row(WordsButton("Delete it all", "privacy server delete yes")),
            Note((f"To keep a copy of all settings, type {prefix}privacy server export",)),
        )
    )


def deleted_of_all(had: Kept, *, prefix: str) -> Message:
    """Return the answer to an admin who had all data of the workspace deleted."""
    return Message(
        (
            Points("Deleted:", _kept(had)),
            Text(_GONE),
            Note((f"To set a channel up again, type {prefix}channel follow and a tag there",)),
        )
    )


def exported(name: str, content: str, how: str, *, as_file: bool) -> Message:
    """Return all of it as a file, or as text; if that is too long, `how` the operator gets it."""
    if as_file:
        return Message((Text("Here is all of it, as a file."), Document(name, content)))
    if len(content) <= LONGEST_SHOWN:
        return Message(
            (Text(f"Here is all of it. To keep it, save it as {name}."), Document(name, content))
        )
    return Message(
        (
            Text("It is too long for a message, and I cannot send files here."),
            Note((f"Who runs me gets it with: {how}",)),
        )
    )


def _nothing(prefix: str) -> Message:
    return Message(
        (
            Text("I store nothing about you."),
            Note((f"When you follow a tag with {prefix}subscribe, I store that",)),
        )
    )


def _stored(of: Stored) -> tuple[str, ...]:
    beside = _many(of.beside, "topic", "topics")
    return _present(
        (of.follows, f"{_many(of.follows, 'topic', 'topics')} that you follow by direct message"),
        (of.beside, f"{beside} that you follow beside {_many(of.channels, 'channel', 'channels')}"),
        (of.posts, f"{_many(of.posts, 'article', 'articles')} sent to you, or to be sent"),
        (
            of.made,
            f"{_many(of.made, 'setting', 'settings')} of channels, as made by you",
        ),
    )


def _kept(of: Kept) -> tuple[str, ...]:
    channels = _many(of.channels, "channel", "channels")
    members = _many(of.members, "list", "lists")
    return _present(
        (1, f"The settings of {channels}"),
        (of.members, f"{members} of what members follow here"),
        (of.posts, f"{_many(of.posts, 'post', 'posts')}: which article, where and when"),
        (of.changes, f"{_many(of.changes, 'change', 'changes')} of settings, with who made them"),
    )


def _present(*points: tuple[int, str]) -> tuple[str, ...]:
    return tuple(said for many, said in points if many)


def _many(count: int, one: str, more: str) -> str:
    return f"{count:,} {one if count == 1 else more}"
