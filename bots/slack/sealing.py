"""Buttons, lists and forms, sealed for the place where they are shown."""

import json
import re
from collections.abc import Mapping
from typing import TypeVar

from core.posting import Address
from core.seals import TO_THE_END, Seals, unsealed

Shown = TypeVar("Shown", bound=Mapping[str, object])

_BUTTON = re.compile(
    rb'("action_id": "(?:(?:words|ask):\d+", "value": "|(?:choose|group):))%b' % TO_THE_END
)


def sealed(payload: Shown, seals: Seals, place: Address) -> Shown:
    """Return what is to be shown at `place`, with what its buttons keep sealed for it."""
    told: Shown = json.loads(sealed_json(json.dumps(payload).encode(), seals, place))
    return told


def sealed_json(shown: bytes, seals: Seals, place: Address) -> bytes:
    """Return this JSON, which many places may share, with what its buttons keep sealed."""
    return unsealed(shown, _BUTTON).sealed(seals, place)


def view_place(workspace: str) -> Address:
    """Return the place for which views are sealed: Slack itself keeps whose each of them is."""
    return Address("slack", workspace, "views")


def sealed_view(view: Mapping[str, object], seals: Seals, workspace: str) -> dict[str, object]:
    """Return a view, with what it and its buttons keep sealed."""
    place = view_place(workspace)
    kept = seals.seal(str(view.get("private_metadata") or ""), place)
    return {**sealed(view, seals, place), "private_metadata": kept}
