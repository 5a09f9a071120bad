"""What a reader is asked for: lists to choose from in a message, and forms to type in."""

from collections.abc import Iterator

from bots.discord.buttons import custom_id
from bots.discord.components import Json, Kind
from bots.discord.markdown import is_id, plain
from core.messages import AskButton, Choice, Choices, Form, GroupChoice

MOST_OPTIONS = 25
"""Options that a list of Discord's may have."""
ASKS = "ask "
"""How the words in a button begin that opens a form."""
FIELD = "typed"
"""The custom id of the field in a form."""

_OPTION_MOST = 100
_PLACEHOLDER_MOST = 150
_TITLE_MOST = 45
_HINT_MOST = 100
_TYPED_MOST = 1000
_ONE_LINE = 1  # style of a text input
_ENDS_TYPED = "|"
_TAKES_POSTS = [0, 5, 10, 11, 12, 15]  # types of channels: text, news, threads, forums


def select(choices: Choices) -> Json | None:
    """Return the list, in its row; nothing if its words are too long or nothing is left of it."""
    options = list(_options(choices.choices))[:MOST_OPTIONS]
    written = custom_id(choices.words)
    if written is not None and choices.finds_channels:
        return _select_of_channels(choices, written)
    if not options or written is None:
        return None
    most = max(1, min(choices.most, len(options)))
    shown: Json = {
        "type": Kind.SELECT,
        "custom_id": written,
        "options": _with_fewer_chosen(options, most),
        "min_values": min(choices.least, most),
        "max_values": most,
    }
    return _in_row(shown, choices.hint or choices.name)


def select_role(choice: GroupChoice) -> Json | None:
    """Return the list of the server's roles, in its row; nothing if its words are too long."""
    written = custom_id(choice.words)
    if written is None:
        return None
    shown: Json = {
        "type": Kind.ROLE_SELECT,
        "custom_id": written,
        "min_values": 0,
        "max_values": 1,
    }
    if is_id(choice.chosen):
        shown["default_values"] = [{"id": choice.chosen, "type": "role"}]
    return _in_row(shown, choice.hint or choice.name)


def _select_of_channels(choices: Choices, written: str) -> Json:
    shown: Json = {
        "type": Kind.CHANNEL_SELECT,
        "custom_id": written,
        "channel_types": _TAKES_POSTS,
        "min_values": 1,
        "max_values": 1,
    }
    return _in_row(shown, choices.hint or choices.name)


def asking(button: AskButton) -> str | None:
    """Return the custom id of a button that opens a form: its words, and what is typed already."""
    typed = button.form.typed.replace(_ENDS_TYPED, "")
    return custom_id(f"{ASKS}{typed}{_ENDS_TYPED}{button.words}") or custom_id(
        f"{ASKS}{_ENDS_TYPED}{button.words}"
    )


def asked(words: str) -> tuple[str, str]:
    """Return the words and what is typed already, of a button whose words begin with `ASKS`."""
    typed, _, asked_for = words.removeprefix(ASKS).partition(_ENDS_TYPED)
    return asked_for, typed


def modal(words: str, form: Form) -> Json | None:
    """Return the form as Discord shows it; nothing if `words` are too long for it."""
    written = custom_id(words)
    if written is None:
        return None
    field: Json = {
        "type": Kind.TEXT_INPUT,
        "custom_id": FIELD,
        "style": _ONE_LINE,
        "required": True,
        "max_length": _TYPED_MOST,
    }
    said = {"value": plain(form.typed, _TYPED_MOST), "placeholder": plain(form.hint, _HINT_MOST)}
    label: Json = {
        "type": Kind.LABEL,
        "label": plain(form.field, _TITLE_MOST) or "Type here",
        "component": field | {name: words for name, words in said.items() if words},
    }
    title = plain(form.title, _TITLE_MOST) or label["label"]
    return {"custom_id": written, "title": title, "components": [label]}


def _in_row(shown: Json, hint: str) -> Json:
    words = plain(hint, _PLACEHOLDER_MOST)
    placeholder = {"placeholder": words} if words else {}
    return {"type": Kind.ACTION_ROW, "components": [shown | placeholder]}


def _options(choices: tuple[Choice, ...]) -> Iterator[Json]:
    values: set[str] = set()
    for choice in choices:
        label = plain(choice.label, _OPTION_MOST)
        # A value that is cut would mean something else; Discord refuses one that stands twice.
        if not label or not 0 < len(choice.value) <= _OPTION_MOST or choice.value in values:
            continue
        values.add(choice.value)
        about = plain(choice.about, _OPTION_MOST)
        yield {
            "label": label,
            "value": choice.value,
            **({"description": about} if about else {}),
            **({"default": True} if choice.chosen else {}),
        }


def _with_fewer_chosen(options: list[Json], most: int) -> list[Json]:
    chosen = [option["value"] for option in options if option.get("default")][:most]
    return [
        option
        if option["value"] in chosen
        else {name: said for name, said in option.items() if name != "default"}
        for option in options
    ]
