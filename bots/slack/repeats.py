"""What Slack sends more than once, known by its names."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

_REMEMBERED = 2000  # Slack sends again within an hour what was not acknowledged


class Taken:
    """Remembers what was taken last, so that what comes again is not done again."""

    def __init__(self, most: int = _REMEMBERED) -> None:
        self._most = most
        self._names: OrderedDict[str, None] = OrderedDict()

    def is_new(self, payload: Mapping[str, Any]) -> bool:
        """Say whether `payload` comes for the first time. Without a name, it always does."""
        name = _name_of(payload)
        if name in self._names:
            return False
        if name:
            self._names[name] = None
        if len(self._names) > self._most:
            self._names.popitem(last=False)
        return True


def _name_of(payload: Mapping[str, Any]) -> str:
    """Return what is the same in all copies of a command, a press or an event."""
    event = payload.get("event") or {}
    if event.get("type") == "app_mention":
        # In a channel that workspaces share, one mention can come as several events.
        return f"mention {event.get('channel')} {event.get('ts')}"
    return str(payload.get("event_id") or payload.get("trigger_id") or "")
