"""What Slack tells of channels and of the app itself, in the words of the core."""

from collections.abc import Mapping
from typing import Any

from bots.slack.client import Identity
from bots.slack.errors import MEANINGS
from core.reachability import Reachability

_ARCHIVED = MEANINGS["is_archived"].reason
_DELETED = "the channel was deleted; choose another channel"
_REMOVED = MEANINGS["not_in_channel"].reason

OPENING = ("channel_unarchive", "group_unarchive", "member_joined_channel")
"""The events by which a channel opens. The manifest names the same, and those below."""
CLOSING: Mapping[str, str] = {
    "channel_archive": _ARCHIVED,
    "channel_deleted": _DELETED,
    "channel_left": _REMOVED,
    "group_archive": _ARCHIVED,
    "group_deleted": _DELETED,
    "group_left": _REMOVED,
    "member_left_channel": _REMOVED,
}
"""The events by which a channel closes, and why in plain words."""
LEAVING = ("app_uninstalled", "tokens_revoked")
"""The events by which the app may be out of the workspace."""

_OF_MEMBERS = ("member_joined_channel", "member_left_channel")


async def on_channel(
    reachability: Reachability, identity: Identity, event: Mapping[str, Any]
) -> None:
    """Tell of a channel that opens or closes. Who else comes and goes changes nothing."""
    kind, channel = event["type"], str(event["channel"])
    if kind in _OF_MEMBERS and event.get("user") != identity.user:
        return
    if kind in OPENING:
        await reachability.channel_opened("slack", identity.workspace, channel)
    else:
        await reachability.channel_closed("slack", identity.workspace, channel, CLOSING[kind])


def says_goodbye(event: Mapping[str, Any], identity: Identity) -> bool:
    """Say whether the app is out of the workspace: people's tokens are none of the bot's."""
    revoked = (event.get("tokens") or {}).get("bot") or ()
    return event["type"] == "app_uninstalled" or identity.user in revoked
