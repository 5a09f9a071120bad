"""The settings of a channel in a modal, what they ask for, and which channel they are about."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bots.slack.asking import CHOOSE, Element, plain
from bots.slack.render import as_blocks
from bots.slack.rich_text import Block
from bots.slack.views import MOST_BLOCKS, SET_UP, Kept, View, modal
from core import compose
from core.messages import Choices, Form, Message
from core.text import clip

FIELD = "typed"
"""The id of the field of a form with one, as a block and as an element."""

_MOST_OF_HINT = 2000
_MOST_OF_PLACEHOLDER = 150
_MOST_TYPED = 300


def blocks_of(message: Message) -> list[Block]:
    """Return a message as the blocks of a view, in which tags are found while they are typed."""
    blocks = as_blocks(message, MOST_BLOCKS)
    searched = {f"{CHOOSE}{it.words}" for it in _choices(message) if it.finds_tags}
    return [_searchable(block, searched) for block in blocks]


def asking(form: Form, kept: Kept) -> View:
    """Return the modal in which one types what a form asks for."""
    element: Element = {"type": "plain_text_input", "action_id": FIELD, "focus_on_load": True}
    element |= {"max_length": _MOST_TYPED}
    element |= {"initial_value": clip(form.typed, _MOST_TYPED)} if form.typed else {}
    hint = clip(form.hint, _MOST_OF_PLACEHOLDER)
    element |= {"placeholder": plain(hint)} if hint else {}
    asked: Block = {"type": "input", "block_id": FIELD, "element": element}
    asked |= {"label": plain(clip(form.field or form.title, _MOST_OF_HINT))}
    return modal(form.title, [asked], kept, send=compose.SAVE, close=compose.CANCEL)


def choosing(kept: Kept) -> View:
    """Return the modal in which one chooses the channel to set up."""
    only = {"include": ["public", "private"], "exclude_bot_users": True}
    element: Element = {"type": "conversations_select", "action_id": FIELD, "filter": only}
    asked: Block = {"type": "input", "block_id": FIELD, "element": element}
    asked |= {"label": plain(compose.WHICH_CHANNEL)}
    view = Kept(SET_UP, kept.place, home=kept.home)
    send, close = compose.NEXT, compose.CANCEL
    return modal(compose.SET_UP_TITLE, [asked], view, send=send, close=close)


def typed_in(view: Mapping[str, Any]) -> str:
    """Return what was typed or chosen in the one field of a modal, on one line."""
    standing = view["state"]["values"].get(FIELD, {}).get(FIELD, {})
    said = standing.get("value") or standing.get("selected_conversation") or ""
    return " ".join(str(said).split())


def _choices(message: Message) -> Iterator[Choices]:
    return (part for part in message.parts if isinstance(part, Choices))


def _searchable(block: Mapping[str, Any], searched: set[str]) -> Block:
    """Return a block whose list asks for more than it holds, if it is one of these."""
    chooses = block.get("accessory") or {}
    if chooses.get("action_id") in searched:
        return {**block, "accessory": _typed_list(chooses)}
    return dict(block)


def _typed_list(chooses: Mapping[str, Any]) -> Element:
    kept: Sequence[str] = ("action_id", "placeholder", "initial_options")
    rest = {name: chooses[name] for name in kept if name in chooses}
    return {"type": "multi_external_select", "min_query_length": 1, **rest}
