"""The form to follow tags: how Slack shows it, and what is read out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bots.slack.asking import Element, plain
from bots.slack.rich_text import Block
from bots.slack.views import Kept, View, modal
from core import compose
from core.commands import Command, Zone, follow_by_form
from core.compose import FollowForm
from core.desk import Suggestion
from core.text import clip

TAGS, WAY, TIME, PLACE = "tags", "way", "time", "zone"
"""The ids of the form's fields, as blocks and as elements."""

_MOST_OF_OPTION = 75
_MOST_OF_VALUE = 150
MOST_OFFERED = 100
_MOST_TAGS = 20  # as many as one command takes, with when they come
_SINGLE = ("selected_option", "selected_time")


@dataclass(frozen=True, slots=True)
class Answers:
    """What was chosen."""

    tags: tuple[str, ...]
    way: str
    time: str
    zone: str

    def commands(self, before: str) -> tuple[Command, ...]:
        """Return what typing it would say; a zone only if it is another one than `before`."""
        moves = self.zone and self.zone != before and self.way != "now"
        zone = (Zone(self.zone),) if moves else ()
        return (*zone, follow_by_form(self.tags, self.way, self.time))


def as_view(form: FollowForm, kept: Kept) -> View:
    """Return the form as it is shown at first."""
    ways = [option(words, value) for value, words in form.ways]
    chosen = next((it for it in ways if it["value"] == form.way), ways[0])
    tags: Element = {"type": "multi_external_select", "min_query_length": 1}
    tags |= {"max_selected_items": _MOST_TAGS, "placeholder": plain(form.tags_hint)}
    way: Element = {"type": "radio_buttons", "options": ways, "initial_option": chosen}
    time: Element = {"type": "timepicker", "initial_time": form.time}
    zone: Element = {"type": "external_select", "min_query_length": 1}
    zone |= {"initial_option": option(form.zone, form.zone)}
    blocks = (
        _asked(TAGS, form.tags, {**tags, "focus_on_load": True}),
        _asked(WAY, form.how, way),
        _asked(TIME, form.at, time),
        _asked(PLACE, form.place, zone, form.about_zone),
    )
    kept = replace(kept, words=form.zone)
    return modal(form.title, blocks, kept, send=form.send, close=compose.CANCEL)


def read(view: Mapping[str, Any]) -> Answers:
    """Return what was chosen in the form."""
    standing = view["state"]["values"]
    chosen = standing.get(TAGS, {}).get(TAGS, {}).get("selected_options") or ()
    way, time, zone = (_single(standing.get(name, {}).get(name, {})) for name in (WAY, TIME, PLACE))
    return Answers(tuple(str(it["value"]) for it in chosen), way, time, zone)


def offered(suggestions: tuple[Suggestion, ...]) -> list[Element]:
    """Return what is offered while a tag is being typed."""
    return [option(it.label, it.tag) for it in suggestions if it.tag][:MOST_OFFERED]


def option(words: str, value: str) -> Element:
    """Return an option of a list."""
    shown = plain(clip(words, _MOST_OF_OPTION))
    return {"text": shown, "value": value[:_MOST_OF_VALUE]}


def _asked(name: str, label: str, element: Element, hint: str = "") -> Block:
    hinted = {"hint": plain(hint)} if hint else {}
    asked: Element = {**element, "action_id": name}
    return {"type": "input", "block_id": name, "label": plain(label), "element": asked, **hinted}


def _single(standing: Mapping[str, Any]) -> str:
    found = next((standing[name] for name in _SINGLE if standing.get(name)), "")
    return str(found["value"]) if isinstance(found, dict) else str(found)
