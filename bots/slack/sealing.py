"""Buttons, lists and forms, sealed for the place where they are shown."""

import json
import re
from collections.abc import Mapping
from typing import TypeVar

from core.posting import Address
from core.seals import Seals

Shown = TypeVar("Shown", bound=Mapping[str, object])

# In JSON no string can look like this: the quotes in its text have a backslash before them.
_TEXT = rb'"((?:[^"\\]|\\.)*)"'
_VALUE = re.compile(rb'("action_id": "(?:words|ask):\d+", "value": )%b' % _TEXT)
_ACTION = re.compile(rb'("action_id": "(?:choose|group):)((?:[^"\\]|\\.)*)"')


def sealed(payload: Shown, seals: Seals, place: Address) -> Shown:
    """Return what is to be shown at `place`, with what its buttons keep sealed for it."""
    told: Shown = json.loads(sealed_json(json.dumps(payload).encode(), seals, place))
    return told


def sealed_json(shown: bytes, seals: Seals, place: Address) -> bytes:
    """Return this JSON, which many places may share, with what its buttons keep sealed."""

    def kept(found: re.Match[bytes]) -> bytes:
        words = json.loads(b'"%b"' % found[2])
        return json.dumps(seals.seal(words, place)).encode()

    valued = _VALUE.sub(lambda found: found[1] + kept(found), shown)
    return _ACTION.sub(lambda found: found[1] + kept(found)[1:], valued)


def view_place(workspace: str) -> Address:
    """Return the place for which views are sealed: Slack itself keeps whose each of them is."""
    return Address("slack", workspace, "views")


def sealed_view(view: Mapping[str, object], seals: Seals, workspace: str) -> dict[str, object]:
    """Return a view, with what it and its buttons keep sealed."""
    place = view_place(workspace)
    kept = seals.seal(str(view.get("private_metadata") or ""), place)
    return {**sealed(view, seals, place), "private_metadata": kept}
