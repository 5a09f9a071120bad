"""The words of the core for which a pressed button, or a list in which was chosen, stands."""

from collections.abc import Mapping
from typing import Any

from bots.slack.asking import ASK, CHOOSE, asked
from bots.slack.render import WORDS
from core.commands import followed_by
from core.messages import Form

_ONE = "selected_option"
_SEVERAL = "selected_options"


def words_in(action: Mapping[str, Any]) -> str:
    """Return the words of a press or a choice; "" if nothing of this version says that."""
    action_id = str(action.get("action_id") or "")
    if action_id.startswith(WORDS):
        return str(action.get("value") or "")
    if not action_id.startswith(CHOOSE):
        return ""
    chosen = action.get(_SEVERAL) or [it for it in (action.get(_ONE),) if it]
    values = " ".join(str(it["value"]) for it in chosen)
    return followed_by(action_id.removeprefix(CHOOSE), values).rstrip()


def asks_in(action: Mapping[str, Any]) -> tuple[str, Form] | None:
    """Return the words and the form of a button that asks for more; nothing if it is another."""
    is_asking = str(action.get("action_id")).startswith(ASK)
    return asked(str(action.get("value") or "")) if is_asking else None
