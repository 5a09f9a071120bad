"""The words of the core for which a pressed button, or a list in which was chosen, stands."""

from collections.abc import Mapping
from typing import Any

from bots.slack.asking import ASK, CHOOSE, CHOOSE_GROUP, asked
from bots.slack.render import WORDS
from core.commands import followed_by
from core.messages import Form
from core.posting import Address
from core.seals import Foreign, Older, Opened, Seals

_ONE = "selected_option"
_SEVERAL = "selected_options"
_CHANNEL = "selected_conversation"


def opened(action: Mapping[str, Any], seals: Seals, place: Address) -> Opened | Older | Foreign:
    """Return what a press or a choice says, if what was pressed was sealed for this place."""
    action_id = str(action.get("action_id") or "")
    if action_id.startswith((WORDS, ASK)):
        return seals.open(str(action.get("value") or ""), place)
    begin = next((it for it in (CHOOSE, CHOOSE_GROUP) if action_id.startswith(it)), "")
    if not begin:
        return Older("")
    kept = seals.open(action_id.removeprefix(begin), place)
    if not isinstance(kept, Opened):
        return kept
    if channel := action.get(_CHANNEL):
        return Opened(followed_by(kept.words, str(channel)))
    chosen = action.get(_SEVERAL) or [it for it in (action.get(_ONE),) if it]
    values = " ".join(str(it["value"]) for it in chosen)
    return Opened(followed_by(kept.words, values).rstrip())


def asks_in(action: Mapping[str, Any], kept: Opened | Older | Foreign) -> tuple[str, Form] | None:
    """Return the words and the form of a button that asks for more; nothing if it is another."""
    is_asking = str(action.get("action_id")).startswith(ASK) and isinstance(kept, Opened)
    return asked(kept.words) if is_asking else None
