"""Components of Discord's messages, and how many of them fit in one."""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

Json = dict[str, Any]
"""An object of Discord's, as it is sent."""

MOST = 40
"""Components that a message may have, those inside others counted."""


class Kind(IntEnum):
    """The type of a component, in Discord's numbers."""

    ACTION_ROW = 1
    BUTTON = 2
    SELECT = 3
    TEXT_INPUT = 4
    ROLE_SELECT = 6
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18


SEPARATOR: Json = {"type": Kind.SEPARATOR, "divider": True, "spacing": 1}


def text_display(content: str) -> Json:
    """Return a text in Discord's markdown."""
    return {"type": Kind.TEXT_DISPLAY, "content": content}


def tidy(components: Sequence[Json]) -> list[Json]:
    """Return `components` without separators that part nothing and without repeated buttons."""
    seen: set[str] = set()
    kept: list[Json] = []
    for component in components:
        once = _once(component, seen) if component["type"] == Kind.ACTION_ROW else component
        if once and not (once["type"] == Kind.SEPARATOR and _ends_parted(kept)):
            kept.append(once)
    return kept[:-1] if kept and _ends_parted(kept) else kept


def fewer(components: list[Json], most: int) -> list[Json]:
    """Return `components` drawn plainly enough that there are at most `most`.

    Texts are merged, then separators go, then pictures, then the last rows of buttons.
    """
    steps: tuple[Callable[[list[Json]], list[Json]], ...] = (
        _merged,
        _without_separators,
        _without_pictures,
    )
    for simpler in steps:
        if count(components) <= most:
            return components
        components = _merged(simpler(components))
    while count(components) > most:
        components = _merged(_without_last_buttons(components))
    return components


def count(components: Sequence[Json]) -> int:
    """Return how many components these are, those inside them counted."""
    return sum(
        1 + count(component.get("components", ())) + ("accessory" in component)
        for component in components
    )


def _ends_parted(components: Sequence[Json]) -> bool:
    return not components or components[-1]["type"] == Kind.SEPARATOR


def _once(row: Json, seen: set[str]) -> Json | None:
    # Discord refuses a message in which two buttons have the same id.
    buttons = [button for button in row["components"] if _is_new(button.get("custom_id"), seen)]
    return {**row, "components": buttons} if buttons else None


def _is_new(custom_id: str | None, seen: set[str]) -> bool:
    if custom_id is None:
        return True
    new = custom_id not in seen
    seen.add(custom_id)
    return new


def _merged(components: list[Json]) -> list[Json]:
    merged: list[Json] = []
    for component in components:
        if merged and component["type"] == merged[-1]["type"] == Kind.TEXT_DISPLAY:
            merged[-1] = text_display(f"{merged[-1]['content']}\n{component['content']}")
        else:
            merged.append(component)
    return merged


def _without_separators(components: list[Json]) -> list[Json]:
    return [component for component in components if component["type"] != Kind.SEPARATOR]


def _without_pictures(components: list[Json]) -> list[Json]:
    return [
        shown
        for component in components
        for shown in (component["components"] if component["type"] == Kind.SECTION else [component])
    ]


def _without_last_buttons(components: list[Json]) -> list[Json]:
    last = max(at for at, shown in enumerate(components) if shown["type"] == Kind.ACTION_ROW)
    return components[:last] + components[last + 1 :]
