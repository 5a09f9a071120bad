"""The authorisation matrix: every role, everything that can be typed, and each way to ask it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from core.commands import ACTIONS, Caller, Command, Unclear, followed_by, parse, reading
from core.posting import Address
from core.rights import TABLE, Action, Actor, Scope, Standing
from core.seals import Opened, Seals

HERE = Address("slack", "T1", "C1")
THERE = replace(HERE, channel="C2")
GROUP = "S1"
SEALS = Seals(bytes(range(32)))

SECRET_TAG, SECRET_CHANNEL = "secrettag", "C9SECRET"
"""What the channel follows, and another channel of the workspace, which is closed to the bot."""
MARKS: Mapping[str, tuple[Action, Scope]] = {
    SECRET_TAG: (Action.SEE_CHANNEL, Scope.CHANNEL),
    SECRET_CHANNEL: (Action.SEE_WORKSPACE, Scope.WORKSPACE),
}
"""What is shown to nobody who may not do this: how the channel is set up, and the workspace."""


class _Operator(Caller):
    """Who runs the bot. No platform says that of anybody: it is claimed here."""

    __slots__ = ()

    def actor(self) -> Actor:
        """Return the operator, with every right that a platform could tell of beside it."""
        return replace(Caller.actor(self), is_operator=True)


_MEMBER = Caller("U1", HERE, replace(HERE, channel="U1"), may_post=True)
_EVERY_RIGHT = replace(
    _MEMBER,
    may_manage=True,
    is_admin=True,
    groups=frozenset({GROUP}),
    manages=(HERE.channel, SECRET_CHANNEL),
)
_OPERATOR = _Operator(**{it.name: getattr(_EVERY_RIGHT, it.name) for it in fields(Caller)})

ROLES: Mapping[str, tuple[Standing, Caller]] = {
    "stranger": (Standing.STRANGER, replace(_EVERY_RIGHT, is_member=False)),
    "bot or deactivated": (
        Standing.STRANGER,
        replace(_EVERY_RIGHT, is_member=False, is_guest=True),
    ),
    "guest": (Standing.GUEST, replace(_EVERY_RIGHT, is_guest=True)),
    "member": (Standing.MEMBER, _MEMBER),
    "mod of another channel": (Standing.MEMBER, replace(_MEMBER, person="U2")),
    "member in the group": (Standing.CHOSEN, replace(_MEMBER, groups=frozenset({GROUP}))),
    "mod": (Standing.MOD, replace(_MEMBER, may_manage=True)),
    "admin": (Standing.ADMIN, replace(_MEMBER, may_manage=True, is_admin=True)),
    "operator": (Standing.OPERATOR, _OPERATOR),
}
"""What somebody is, as the table has it and as a platform says it of them.

The operator has no channel to ask in: what they do at the command line is tested beside this.
"""

_AFTER = {
    "subscribe": "openai",
    "follow": "openai",
    "unsubscribe": "llms",
    "unfollow": "llms",
    "change": "llms",
    "snooze": "1w",
    "latest": "llms",
    "related": "article:1",
    "search": "openai ipo",
    "share": "article:1",
    "summary": "article:1",
    "catchup": "8h",
    "zone": "Europe/Berlin",
    "channel follow": "openai",
    "channel unfollow": "llms",
    "channel zone": "Europe/Berlin",
    "channel apart": "article:1",
    "channel waiting": "skip",
    "channel move": "to:C2",
    "channel managers": "anyone",
    "privacy": "delete yes",
}
"""What is typed after these words; after all others nothing."""

TYPED = tuple(
    f"{verb} {_AFTER.get(verb, '')}".strip()
    for verb in (
        *filter(None, reading._COMMANDS),
        *(f"channel {it}".strip() for it in reading._CHANNEL_COMMANDS),
        "privacy server",
        "privacy server delete yes",
    )
)
"""Every command of the grammar, as it could be typed."""

CHANGING = (
    "subscribe openai",
    "unsubscribe llms",
    "snooze 1w",
    "stop",
    "zone Europe/Berlin",
    "share article:1",
    "channel follow openai",
    "channel unfollow llms",
    "channel zone Europe/Berlin",
    "channel managers anyone",
    "channel notices",
    "privacy delete yes",
    "privacy server delete yes",
    "channel pause",
    "channel test",
)
"""What surely changes something or shows it to others, so that the matrix cannot pass blindly."""

WAYS = ("command", "button", "form", "stale button", "copied id")


@dataclass(frozen=True)
class Cell:
    """One way in which somebody asks something."""

    role: str
    typed: str
    way: str

    @property
    def caller(self) -> Caller:
        """Who asks."""
        return ROLES[self.role][1]

    @property
    def command(self) -> Command | None:
        """What reaches the desk; nothing where a button does not do anything."""
        written = self._written
        if written is None:
            return parse(self.typed)
        kept = SEALS.open(written, HERE)
        if not isinstance(kept, Opened):
            return None
        words = kept.words
        if self.way == "form":
            words = followed_by(words, self.typed.removeprefix(words).strip()).strip()
        command = parse(words)
        return None if isinstance(command, Unclear) else command

    @property
    def is_allowed(self) -> bool:
        """Say whether the table lets them do it in this way."""
        standing, (action, scope) = ROLES[self.role][0], ACTIONS[type(parse(self.typed))]
        return self.way in WAYS[:3] and standing in TABLE[action, scope]

    @property
    def _written(self) -> str | None:
        match self.way:
            case "button":
                return SEALS.seal(self.typed, HERE)
            case "form":
                return SEALS.seal(self._form_words, HERE)
            case "stale button":
                return f"t1:{self.typed}"
            case "copied id":
                return SEALS.seal(self.typed, THERE)
            case _:
                return None

    @property
    def _form_words(self) -> str:
        """What a button keeps that opens a form: what is typed into that comes after it."""
        verbs = 2 if self.typed.startswith("channel ") else 1
        return " ".join(self.typed.split()[:verbs])


def cells(role: str) -> list[Cell]:
    """Return every cell of the matrix for this role."""
    return [Cell(role, typed, way) for typed in TYPED for way in WAYS]
