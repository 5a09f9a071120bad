"""Modals and the home tab as Slack's JSON has them, and what they keep for the next step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.slack import callers
from bots.slack.asking import plain
from bots.slack.render import Block, Payload, as_payload
from core import compose
from core.messages import Form
from core.text import clip

View = dict[str, object]

MOST_BLOCKS = 100
ANSWER, FOLLOW, HOME, ASKS = "answer", "follow", "home", "asks"
"""The kinds of views: an answer, the form to follow tags, the home tab, a field to type in."""
FIELD = "typed"
"""The id of that field, and of its block."""

_MOST_OF_TITLE = 24
_MOST_OF_HINT = 150
_MOST_OF_LABEL = 2000


@dataclass(frozen=True, slots=True)
class Kept:
    """What a view keeps: its kind, where it was opened, and the words that show it anew."""

    kind: str
    place: str = ""
    """The id of a channel, or `callers.HOME`."""
    words: str = ""


def kept_in(view: Mapping[str, Any]) -> Kept | None:
    """Return what a view keeps; nothing if this version made no such view."""
    kind, _, rest = str(view.get("private_metadata") or "").partition("\n")
    place, _, words = rest.partition("\n")
    return Kept(kind, place, words) if kind and kind == view.get("callback_id") else None


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


def answer(payload: Payload, kept: Kept, title: str = compose.WAITING_TITLE) -> View:
    """Return a modal that shows a message."""
    return modal(title, payload["blocks"], kept)


def waiting(kept: Kept, title: str = compose.WAITING_TITLE) -> View:
    """Return the modal that is shown while an answer takes a moment."""
    return answer(as_payload(compose.waiting()), kept, title)


def asks(words: str, form: Form, reply_to: str, place: str) -> View:
    """Return the modal with one field; what is typed there follows `words`."""
    said = {"initial_value": form.typed} if form.typed else {}
    hint = {"placeholder": plain(clip(form.hint, _MOST_OF_HINT))} if form.hint else {}
    field: Block = {"type": "plain_text_input", "action_id": FIELD, **said, **hint}
    asked: Block = {
        "type": "input",
        "block_id": FIELD,
        "label": plain(clip(form.field or form.title, _MOST_OF_LABEL)),
        "element": field,
    }
    kept = Kept(ASKS, place, f"{reply_to}\n{words}")
    return modal(form.title, [asked], kept, send=compose.SEND, close=compose.CANCEL)


def typed_in(view: Mapping[str, Any]) -> str:
    """Return what was typed into the field of such a modal."""
    values = (view.get("state") or {}).get("values") or {}
    return str(values.get(FIELD, {}).get(FIELD, {}).get("value") or "").strip()


def home(blocks: Sequence[Block], words: str = "") -> View:
    """Return the home tab; `words` show it anew."""
    kept = Kept(HOME, callers.HOME, words)
    return {"type": "home", "blocks": list(blocks)[:MOST_BLOCKS], **_keeping(kept)}


def _keeping(kept: Kept) -> View:
    said = f"{kept.kind}\n{kept.place}\n{kept.words}"
    return {"callback_id": kept.kind, "private_metadata": said}
