"""Forms that the bot opens: what they may hold, and what is sent when a person fills them in."""

from collections.abc import Mapping

from bots.sandbox.discord.components import ACTION_ROW
from bots.sandbox.discord.errors import check
from bots.sandbox.discord.forms import Form, Json, Path
from bots.sandbox.discord.values import NotPossible

TEXT_INPUT, LABEL = 4, 18
_MOST_FIELDS = (1, 5)
_STYLES = (1, 2)
_LABEL = (1, 45)
_ABOUT = (0, 100)
_MOST_TYPED = 4000


def read_modal(data: Json) -> Json:
    """Return a form as a person sees it, each field numbered; raises what is wrong with it.

    Of what a form can hold only fields to type in are known here.
    """
    form = Form()
    form.needed_text(data, "title", ("data",), _LABEL)
    form.needed_text(data, "custom_id", ("data",), (1, 100))
    path: Path = ("data", "components")
    fields = form.items(data.get("components"), path, _MOST_FIELDS)
    shown = [_row(form, raw, (*path, at)) for at, raw in enumerate(fields)]
    _refuse_repeated(form, shown, path)
    check(form)
    return {**data, "components": shown}


def fields(modal: Json) -> list[Json]:
    """Return the fields of a form, in order."""
    return [row["component"] for row in modal["components"]]


def typed_into(modal: Json, typed: Mapping[str, str]) -> Json:
    """Return what Discord sends of a form in whose fields this was typed, by their custom ids."""
    if strange := set(typed) - {field["custom_id"] for field in fields(modal)}:
        raise NotPossible(f"the form has no field {', '.join(sorted(strange))}")
    sent = [_sent(row, typed) for row in modal["components"]]
    return {"custom_id": modal["custom_id"], "components": sent}


def _row(form: Form, raw: object, path: Path) -> Json:
    row = form.record(raw, path) or {}
    kind = form.choice(row, "type", path, (ACTION_ROW, LABEL))
    if kind == ACTION_ROW:
        # The older way: the label stands in the field.
        inside = (*path, "components")
        field: Json = next(iter(form.items(row.get("components"), inside, (1, 1))), {})
        named = form.needed_text(form.record(field, (*inside, 0)) or {}, "label", inside, _LABEL)
        return _read(form, field, (*inside, 0)) | {"label": named, "type": ACTION_ROW}
    label = form.needed_text(row, "label", path, _LABEL)
    about = form.text(row, "description", path, _ABOUT)
    if row.get("component") is None:
        form.require((*path, "component"))
    inside = (*path, "component")
    shown = _read(form, row.get("component") or {}, inside)
    return shown | {"label": label, "description": about, "type": LABEL}


def _read(form: Form, raw: object, path: Path) -> Json:
    field = form.record(raw, path) or {}
    form.choice(field, "type", path, (TEXT_INPUT,))
    form.needed_text(field, "custom_id", path, (1, 100))
    form.choice(field, "style", path, _STYLES)
    form.number(field, "min_length", path, (0, _MOST_TYPED))
    form.number(field, "max_length", path, (1, _MOST_TYPED))
    form.truth(field, "required", path)
    form.text(field, "value", path, (0, _MOST_TYPED))
    form.text(field, "placeholder", path, (0, 100))
    return {"component": field}


def _refuse_repeated(form: Form, shown: list[Json], path: Path) -> None:
    ids = [row["component"].get("custom_id") for row in shown]
    if len(set(ids)) < len(ids):
        code = "COMPONENT_CUSTOM_ID_DUPLICATED"
        form.refuse(path, code, "Component custom id cannot be duplicated")


def _sent(row: Json, typed: Mapping[str, str]) -> Json:
    field = row["component"]
    value = typed.get(field["custom_id"], field.get("value") or "")
    least = field.get("min_length") or (1 if field.get("required", True) else 0)
    if not least <= len(value) <= (field.get("max_length") or _MOST_TYPED):
        raise NotPossible(f"{row['label']} does not take {len(value)} characters")
    sent = {"type": TEXT_INPUT, "custom_id": field["custom_id"], "value": value}
    if row["type"] == ACTION_ROW:
        return {"type": ACTION_ROW, "components": [sent]}
    return {"type": LABEL, "component": sent}
