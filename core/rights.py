"""Who may do what: one table, asked at the moment of every command, button and form."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from core.posting import Address, Platform

ANYONE = "anyone"
"""What a channel keeps as its managers when every member may set it up."""


class Action(StrEnum):
    """What somebody wants to do. Every command is one of these."""

    READ = "read"
    SEE_CHANNEL = "see channel"
    FOLLOW = "follow"
    SHARE = "share"
    CONFIGURE = "configure"
    CHOOSE_MANAGERS = "choose managers"
    SEE_WORKSPACE = "see workspace"
    LOG_CHANNEL = "log channel"
    EXPORT = "export"
    IMPORT = "import"
    DELETE_OWN = "delete own data"
    DELETE_WORKSPACE = "delete workspace data"


class Standing(StrEnum):
    """What somebody is to a channel or a workspace, as the platform says at that moment."""

    STRANGER = "stranger"
    """Of another workspace, a bot, deactivated, or of whom the platform does not say."""
    GUEST = "guest"
    MEMBER = "member"
    CHOSEN = "chosen"
    """A member whom the mods of the channel let set it up."""
    MOD = "mod"
    ADMIN = "admin"
    OPERATOR = "operator"
    """Who runs the bot, at its command line."""


class Scope(StrEnum):
    """What is acted on: what is somebody's own, a channel, or a whole workspace."""

    OWN = "own"
    CHANNEL = "channel"
    WORKSPACE = "workspace"


class Reason(StrEnum):
    """Why something is denied."""

    NOT_A_MEMBER = "not a member"
    GUEST = "guest"
    NO_MOD = "no mod"
    NO_ADMIN = "no admin"
    SOMEBODY_ELSES = "somebody else's"
    NEVER = "never"
    """Nobody of that standing is meant to do it there."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. What is not said of them is not so."""

    person: str
    about: Address
    """The channel of which the platform said what they may."""
    is_member: bool = False
    is_guest: bool = False
    is_mod: bool = False
    is_admin: bool = False
    groups: frozenset[str] = frozenset()
    is_operator: bool = False


@dataclass(frozen=True, slots=True)
class Own:
    """What belongs to a person alone."""

    person: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, with who may set it up beside its mods, and who did."""

    address: Address
    managers: str = ""
    set_up_by: str = ""


@dataclass(frozen=True, slots=True)
class Workspace:
    """All channels of a workspace, and what is set for it as a whole."""

    platform: Platform
    workspace: str


Object = Own | Channel | Workspace


@dataclass(frozen=True, slots=True)
class Fix:
    """What would help: to be this, to be in that group, or to ask that person."""

    be: Standing
    group: str = ""
    ask: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """It may be done now. At the next moment it is asked again."""


@dataclass(frozen=True, slots=True)
class Denied:
    """It may not be done, and nothing was."""

    reason: Reason
    how_to_fix: Fix


_EVERYONE = frozenset(Standing) - {Standing.OPERATOR}
_MEMBERS = _EVERYONE - {Standing.STRANGER}
_CHOSEN = frozenset({Standing.CHOSEN, Standing.MOD, Standing.ADMIN})
_MODS = frozenset({Standing.MOD, Standing.ADMIN})
_ADMINS = frozenset({Standing.ADMIN})
_OPERATOR = frozenset({Standing.OPERATOR})

TABLE: Mapping[tuple[Action, Scope], frozenset[Standing]] = {
    (Action.READ, Scope.OWN): _EVERYONE | _OPERATOR,
    (Action.SEE_CHANNEL, Scope.CHANNEL): _MEMBERS | _OPERATOR,
    (Action.FOLLOW, Scope.OWN): _MEMBERS,
    (Action.SHARE, Scope.CHANNEL): _MEMBERS,
    (Action.CONFIGURE, Scope.CHANNEL): _CHOSEN,
    (Action.CHOOSE_MANAGERS, Scope.CHANNEL): _MODS,
    (Action.SEE_WORKSPACE, Scope.WORKSPACE): _MODS | _OPERATOR,
    (Action.LOG_CHANNEL, Scope.WORKSPACE): _ADMINS,
    (Action.EXPORT, Scope.CHANNEL): _CHOSEN | _OPERATOR,
    (Action.EXPORT, Scope.WORKSPACE): _ADMINS | _OPERATOR,
    (Action.IMPORT, Scope.CHANNEL): _CHOSEN | _OPERATOR,
    (Action.IMPORT, Scope.WORKSPACE): _ADMINS | _OPERATOR,
    (Action.DELETE_OWN, Scope.OWN): _EVERYONE | _OPERATOR,
    (Action.DELETE_WORKSPACE, Scope.WORKSPACE): _ADMINS | _OPERATOR,
}
"""Who may do what. What is not in it, nobody may."""


def decide(actor: Actor, action: Action, of: Object) -> Allowed | Denied:
    """Return whether `actor` may do this to that, and if not, why and what would help."""
    may = TABLE.get((action, scope_of(of)), frozenset())
    stands = standing(actor, of)
    if isinstance(of, Own) and of.person != actor.person and stands != Standing.OPERATOR:
        return Denied(Reason.SOMEBODY_ELSES, Fix(Standing.OPERATOR))
    if stands in may:
        return Allowed()
    return _denied(stands, may, of)


def standing(actor: Actor, of: Object) -> Standing:  # noqa: PLR0911 (a line for each standing)
    """Return what `actor` is to that: nothing is left of their rights in another place."""
    if actor.is_operator:
        return Standing.OPERATOR
    if not actor.is_member or not _is_at_home(actor, of):
        return Standing.STRANGER
    if actor.is_guest:
        return Standing.GUEST
    if actor.is_admin:
        return Standing.ADMIN
    if actor.is_mod and not (isinstance(of, Channel) and of.address != actor.about):
        return Standing.MOD
    if isinstance(of, Channel) and _is_chosen(actor, of):
        return Standing.CHOSEN
    return Standing.MEMBER


def scope_of(of: Object) -> Scope:
    """Return what kind of thing that is."""
    match of:
        case Own():
            return Scope.OWN
        case Channel():
            return Scope.CHANNEL
        case Workspace():
            return Scope.WORKSPACE


def _is_at_home(actor: Actor, of: Object) -> bool:
    home = (actor.about.platform, actor.about.workspace)
    match of:
        case Own():
            return True
        case Channel(address):
            return home == (address.platform, address.workspace)
        case Workspace(platform, workspace):
            return home == (platform, workspace)


def _is_chosen(actor: Actor, of: Channel) -> bool:
    return of.managers == ANYONE or (of.managers != "" and of.managers in actor.groups)


def _denied(stands: Standing, may: frozenset[Standing], of: Object) -> Denied:
    group, ask = (of.managers, of.set_up_by) if isinstance(of, Channel) else ("", "")
    if stands == Standing.OPERATOR or not may & _EVERYONE:
        return Denied(Reason.NEVER, Fix(Standing.MEMBER))
    if stands == Standing.STRANGER:
        return Denied(Reason.NOT_A_MEMBER, Fix(Standing.MEMBER))
    if stands == Standing.GUEST:
        return Denied(Reason.GUEST, Fix(Standing.MEMBER, ask=ask))
    if Standing.MOD not in may:
        return Denied(Reason.NO_ADMIN, Fix(Standing.ADMIN))
    group = group if Standing.CHOSEN in may else ""
    return Denied(Reason.NO_MOD, Fix(Standing.MOD, group, ask))
