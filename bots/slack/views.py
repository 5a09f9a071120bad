"""Modals and the home tab as Slack's JSON has them, and what they keep for the next step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.slack import callers
from bots.slack.asking import plain
from bots.slack.render import as_blocks
from bots.slack.rich_text import Block
from bots.slack.sealing import view_place
from core import compose
from core.seals import Opened, Seals
from core.text import clip

View = dict[str, object]

MOST_BLOCKS = 100
ANSWER, FOLLOW, HOME = "answer", "follow", "home"
"""The kinds of views: an answer, the form to follow tags, the home tab;"""
PANEL, ASK, SET_UP = "panel", "ask", "set up"
"""the settings of a channel, a form with one field, and the choice of a channel."""

_MOST_OF_TITLE = 24
_LINES = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """What a view keeps: its kind, where it was opened, and the words that show it anew."""

    kind: str
    place: str = ""
    """The id of a channel, or `callers.HOME`."""
    words: str = ""
    home: bool = False
    """It was opened from the home tab, which shows what is changed in it."""
    about: str = ""
    """The channel that was last asked about there; only for as long as it is answered."""
    reply_to: str = ""
    """The address of the message in which it was opened, where its answer stands."""


def kept_in(view: Mapping[str, Any], seals: Seals, workspace: str) -> Kept | None:
    """Return what a view keeps; nothing if it was not made by this installation and version."""
    opened = seals.open(str(view.get("private_metadata") or ""), view_place(workspace))
    said = opened.words.split("\n", _LINES - 1)
    if not isinstance(opened, Opened) or len(said) != _LINES or said[0] != view.get("callback_id"):
        return None
    kind, place, home, reply_to, words = said
    return Kept(kind, place, words, home=bool(home), reply_to=reply_to)


def modal(
    title: str, blocks: Sequence[Block], kept: Kept, *, send: str = "", close: str = ""
) -> View:
    """Return a modal with these blocks; one that is sent says so on its button."""
    sent = {"submit": plain(send)} if send else {}
    return {
        "type": "modal",
        "title": plain(clip(title, _MOST_OF_TITLE)),
        "close": plain(close or compose.CLOSE),
        "blocks": list(blocks)[:MOST_BLOCKS],
        **_keeping(kept),
        **sent,
    }


def title_of(kept: Kept) -> str:
    """Return what stands above a modal of this kind."""
    titles = {FOLLOW: compose.FollowForm("", "").title, PANEL: compose.SETTINGS_TITLE}
    return titles.get(kept.kind, compose.WAITING_TITLE)


def waiting(kept: Kept) -> View:
    """Return the modal that is shown while an answer takes a moment."""
    return modal(title_of(kept), as_blocks(compose.waiting(), MOST_BLOCKS), kept)


def home(blocks: Sequence[Block], words: str = "") -> View:
    """Return the home tab; `words` show it anew."""
    kept = Kept(HOME, callers.HOME, words, home=True)
    return {"type": "home", "blocks": list(blocks)[:MOST_BLOCKS], **_keeping(kept)}


def _keeping(kept: Kept) -> View:
    said = "\n".join((kept.kind, kept.place, "home" * kept.home, kept.reply_to, kept.words))
    return {"callback_id": kept.kind, "private_metadata": said}
