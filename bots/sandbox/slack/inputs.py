"""What people type and choose in a view, in the form in which Slack passes it on."""

from collections.abc import Iterator, Mapping, Sequence

from bots.sandbox.slack.wire import Json

Given = str | Sequence[str]
"""What a person types, or the value of what they choose; several where several can be chosen."""

Filled = Mapping[tuple[str, str], object]
"""What was typed and chosen, by the ids of a block and of its element."""

_FIELDS = {
    "plain_text_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "timepicker": ("selected_time", "initial_time"),
    "datepicker": ("selected_date", "initial_date"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
}


def elements(view: Json) -> Iterator[tuple[Json, Json]]:
    """Give each element that a person can use, with its block."""
    for block in view["blocks"]:
        beside = [it for it in (block.get("element"), block.get("accessory")) if it]
        rows = block.get("elements", ()) if block["type"] == "actions" else ()
        yield from ((block, it) for it in (*rows, *beside) if "action_id" in it)


def find(view: Json, action_id: str, block_id: str = "") -> tuple[Json, Json]:
    """Return the element of this id, of this block if one is named, and its block.

    Raises `LookupError` if there is none.
    """
    for block, element in elements(view):
        if element["action_id"] == action_id and block_id in {"", block["block_id"]}:
            return block, element
    raise LookupError(f"there is no {action_id} in the view {view['id']}")


def values(view: Json, filled: Filled) -> Json:
    """Return what stands in all inputs of a view, as `state.values` has it."""
    told: Json = {}
    for block, element in elements(view):
        if element["type"] in _FIELDS:
            standing = value(block, element, filled)
            told.setdefault(block["block_id"], {})[element["action_id"]] = standing
    return told


def value(block: Json, element: Json, filled: Filled) -> Json:
    """Return what stands in an input."""
    name, initial = _FIELDS[element["type"]]
    nothing: object = [] if name == "selected_options" else None
    standing = filled.get((block["block_id"], element["action_id"]), element.get(initial, nothing))
    return {"type": element["type"], name: standing}


def is_empty(standing: Json) -> bool:
    """Say whether nothing stands in an input."""
    return not any(it for name, it in standing.items() if name != "type")


def chosen(element: Json, given: Given, offered: Sequence[Json]) -> object:
    """Return what `given` becomes in an element; `LookupError` if it cannot be chosen there."""
    name, initial = _FIELDS[element["type"]]
    if not name.startswith("selected_option"):
        return given or None
    before = element.get(initial) or []
    options = [*offered, *element.get("options", ()), *(before if isinstance(before, list) else ())]
    options += [before] if isinstance(before, dict) else []
    wanted = [given] if isinstance(given, str) else list(given)
    picked = [_option(options, it) for it in wanted if it]
    if name == "selected_options":
        if len(picked) > element.get("max_selected_items", len(picked)):
            raise LookupError(f"no more than {element['max_selected_items']} can be chosen")
        return picked
    return picked[0] if picked else None


def _option(options: Sequence[Json], wanted: str) -> Json:
    for option in options:
        if option["value"] == wanted:
            return option
    raise LookupError(f"there is no option {wanted}")
