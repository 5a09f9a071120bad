"""What a reader is asked for: lists to choose from in a message, and forms to type in."""

import json
from dataclasses import asdict

from core.messages import AskButton, Choice, Choices, Form, GroupChoice
from core.seals import LONGER
from core.text import clip

Element = dict[str, object]
"""An interactive element, as Slack's JSON has it."""

CHOOSE = "choose:"
"""How the action id of a list begins; the words to which the chosen values belong follow."""
CHOOSE_GROUP = "group:"
"""The same of a list whose options are asked for while the name of a user group is typed."""
ASK = "ask:"
"""How the action id of a button begins whose value is words and a form, as `asked` reads it."""

MOST_OPTIONS = 100
_MOST_OF_ACTION_ID = 255 - LONGER
_MOST_OF_OPTION = 75
_MOST_OF_OPTION_VALUE = 75
_MOST_OF_PLACEHOLDER = 150
_MOST_OF_VALUE = 2000 - LONGER


def select(choices: Choices) -> Element | None:
    """Return the list; nothing if its words are too long or nothing is left of it."""
    if choices.finds_channels:
        return _select_of_channels(choices)
    kept = [it for it in choices.choices if it.label and _fits(it.value)][:MOST_OPTIONS]
    action_id = f"{CHOOSE}{choices.words}"
    if not kept or len(action_id) > _MOST_OF_ACTION_ID:
        return None
    chosen = [_option(it) for it in kept if it.chosen]
    several = choices.most > 1 or choices.least == 0
    element: Element = {
        "type": "multi_static_select" if several else "static_select",
        "action_id": action_id,
        "placeholder": plain(clip(choices.hint or choices.name, _MOST_OF_PLACEHOLDER) or "\u2026"),
        "options": [_option(it) for it in kept],
    }
    if several:
        most = max(1, min(choices.most, len(kept)))
        element |= {"max_selected_items": most}
        return element | ({"initial_options": chosen[:most]} if chosen else {})
    return element | ({"initial_option": chosen[0]} if chosen else {})


def select_group(choice: GroupChoice) -> Element | None:
    """Return the list in which a user group is found by its name; nothing if its words are long.

    Slack has none of its own, and one of a single choice could never be left empty again.
    """
    action_id = f"{CHOOSE_GROUP}{choice.words}"
    if len(action_id) > _MOST_OF_ACTION_ID:
        return None
    element: Element = {
        "type": "multi_external_select",
        "action_id": action_id,
        "placeholder": plain(clip(choice.hint or choice.name, _MOST_OF_PLACEHOLDER) or "\u2026"),
        "min_query_length": 0,
        "max_selected_items": 1,
    }
    if not _fits(choice.chosen):
        return element
    return element | {"initial_options": [_option(Choice(choice.shown, choice.chosen))]}


def _select_of_channels(choices: Choices) -> Element | None:
    action_id = f"{CHOOSE}{choices.words}"
    hint = clip(choices.hint or choices.name, _MOST_OF_PLACEHOLDER)
    return {
        "type": "conversations_select",
        "action_id": action_id,
        "placeholder": plain(hint or "\u2026"),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }


def asking(button: AskButton) -> str | None:
    """Return the value of a button that opens a form; nothing if it is too long."""
    value = json.dumps({"words": button.words, **asdict(button.form)}, ensure_ascii=False)
    return value if len(value) <= _MOST_OF_VALUE else None


def asked(value: str) -> tuple[str, Form] | None:
    """Return the words and the form of a button with this value. Anyone may have made it."""
    try:
        said = json.loads(value)
        words = str(said.pop("words"))
        return words, Form(**{name: str(it) for name, it in said.items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def plain(text: str) -> Element:
    """Return `text` as Slack shows it without markup."""
    return {"type": "plain_text", "text": text, "emoji": False}


def _fits(value: str) -> bool:
    return 0 < len(value) <= _MOST_OF_OPTION_VALUE


def _option(choice: Choice) -> Element:
    about = clip(choice.about, _MOST_OF_OPTION)
    shown: Element = {"text": plain(clip(choice.label, _MOST_OF_OPTION)), "value": choice.value}
    return shown | ({"description": plain(about)} if about else {})
