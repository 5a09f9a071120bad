"""What somebody wants to do with each command, and to what."""

from collections.abc import Mapping

from core.commands.channels import (
    ChannelApart,
    ChannelCrosspost,
    ChannelExport,
    ChannelFollow,
    ChannelHistory,
    ChannelLog,
    ChannelManagers,
    ChannelMove,
    ChannelMute,
    ChannelPause,
    ChannelPreview,
    ChannelResume,
    ChannelSettings,
    ChannelStatus,
    ChannelTest,
    ChannelUndo,
    ChannelUnfollow,
    ChannelWaiting,
    ChannelZone,
)
from core.commands.kinds import (
    CatchUp,
    Change,
    Command,
    Help,
    Home,
    Latest,
    Privacy,
    PrivacyServer,
    Related,
    RelatedTo,
    Search,
    Share,
    Snooze,
    Stop,
    Subscribe,
    Subscriptions,
    Summary,
    Tags,
    Trending,
    Unclear,
    Unsubscribe,
    Why,
    WhyPosted,
    Zone,
)
from core.rights import TABLE, Action, Scope, Standing

_READ = (Action.READ, Scope.OWN)
_SEE_CHANNEL = (Action.SEE_CHANNEL, Scope.CHANNEL)
_FOLLOW = (Action.FOLLOW, Scope.OWN)
_CONFIGURE = (Action.CONFIGURE, Scope.CHANNEL)

ACTIONS: Mapping[type[Command], tuple[Action, Scope]] = {
    Tags: _READ,
    Latest: _READ,
    Related: _READ,
    RelatedTo: _READ,
    Search: _READ,
    Trending: _READ,
    Summary: _READ,
    Why: _SEE_CHANNEL,
    WhyPosted: _SEE_CHANNEL,
    CatchUp: _READ,
    Help: _READ,
    Home: _READ,
    Unclear: _READ,
    Subscribe: _FOLLOW,
    Unsubscribe: _FOLLOW,
    Subscriptions: _FOLLOW,
    Change: _FOLLOW,
    Snooze: _FOLLOW,
    Stop: _FOLLOW,
    Zone: _FOLLOW,
    Share: (Action.SHARE, Scope.CHANNEL),
    ChannelFollow: _CONFIGURE,
    ChannelUnfollow: _CONFIGURE,
    ChannelSettings: _CONFIGURE,
    ChannelStatus: _CONFIGURE,
    ChannelPause: _CONFIGURE,
    ChannelPreview: _CONFIGURE,
    ChannelTest: _CONFIGURE,
    ChannelResume: _CONFIGURE,
    ChannelWaiting: _CONFIGURE,
    ChannelMute: _CONFIGURE,
    ChannelMove: _CONFIGURE,
    ChannelZone: _CONFIGURE,
    ChannelApart: _CONFIGURE,
    ChannelHistory: _CONFIGURE,
    ChannelExport: (Action.EXPORT, Scope.CHANNEL),
    ChannelUndo: _CONFIGURE,
    Privacy: (Action.DELETE_OWN, Scope.OWN),
    PrivacyServer: (Action.DELETE_WORKSPACE, Scope.WORKSPACE),
    ChannelCrosspost: _CONFIGURE,
    ChannelManagers: (Action.CHOOSE_MANAGERS, Scope.CHANNEL),
    ChannelLog: (Action.LOG_CHANNEL, Scope.WORKSPACE),
}
"""What every command does, and to what: its row in `rights.TABLE`."""

_NEED_NO_ASKING = frozenset({Action.READ, Action.FOLLOW, Action.SHARE, Action.DELETE_OWN})


def is_for_mods(command: Command) -> bool:
    """Say whether rights decide who may give `command`, or what its answer offers.

    Only then need a platform be asked.
    """
    return ACTIONS[type(command)][0] not in _NEED_NO_ASKING


def is_for_members(command: Command) -> bool:
    """Say whether no stranger may give it, so that it matters who belongs to the workspace."""
    return Standing.STRANGER not in TABLE[ACTIONS[type(command)]]
