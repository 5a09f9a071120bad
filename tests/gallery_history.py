"""What mods are told of changes in the settings of their channels."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Protocol

from core import compose
from core.crossposts import TOO_MANY
from core.history import Change
from core.localtime import Rhythm
from core.log_lines import Happened
from core.messages import Message
from core.posting import Address
from core.rules import Terms
from core.settings import Settings
from tests.news import NOW


class At(Protocol):
    """What a platform's messages say that others do not."""

    @property
    def channel(self) -> str:
        """How its channels' ids begin."""
        ...

    @property
    def prefix(self) -> str:
        """What is typed before a command."""
        ...

    @property
    def people(self) -> tuple[str, ...]:
        """The ids of some people."""
        ...


_HOT = Terms(heat=60, without=("crypto",))
_EACH = (
    Settings(),
    Settings({"llms": Terms(), "openai": Terms()}),
    Settings({"llms": _HOT, "openai": _HOT}),
    Settings({"llms": replace(_HOT, rhythm=Rhythm("daily", 480), mention="7"), "openai": _HOT}),
    Settings({"openai": _HOT}, "Europe/Berlin", "anyone", crosspost=True, log=True),
    Settings(paused=True, paused_until=NOW + timedelta(days=2)),
    Settings(paused=True),
    Settings({"*": _HOT}),
)


def _changes(at: At) -> list[Change]:
    """Return changes, the newest first: one is taken back, one is by somebody forgotten."""
    made = [
        Change(
            n,
            Address("discord", "1", f"{at.channel}0"),
            at.people[n % 2],
            NOW + timedelta(hours=n),
            before,
            after,
        )
        for n, (before, after) in enumerate(pairwise(_EACH), 1)
    ]
    made[0] = replace(made[0], by="")
    made[3] = replace(made[3], undone_at=NOW + timedelta(days=1))
    made[4] = replace(made[4], undoes=4)
    return made[::-1]


def _history(first: int, page: int, pages: int) -> Callable[[At], Message]:
    return lambda at: compose.history(
        _changes(at)[first : first + compose.CHANGES_ON_A_PAGE],
        page=page,
        pages=pages,
        upto=7,
        prefix=at.prefix,
    )


ENTRIES: dict[str, Callable[[At], Message]] = {
    "history": _history(0, 1, 2),
    "history-second-page": _history(5, 2, 2),
    "history-none": _history(9, 1, 1),
    "log-of-changes": lambda at: compose.log_of(
        [(it, "ada" if at.prefix != "/" else "") for it in _changes(at)[::-1]]
    ),
    "log-of-many-changes": lambda at: compose.log_of(
        [(replace(_changes(at)[0], by="operator"), "")] * 30
    ),
    "log-of-what-happened": lambda at: compose.log_of(
        [(_changes(at)[0], "ada")],
        [
            Happened("open", f"{at.channel}1"),
            Happened("pause over", f"{at.channel}2"),
            Happened("not passed on", f"{at.channel}1", TOO_MANY),
            Happened("outage", since=NOW, until=NOW + timedelta(minutes=40)),
        ],
    ),
    "undone": lambda at: compose.undone(_changes(at)[5]),
    "changed-since": lambda at: compose.changed_since(_changes(at)[0], 2, prefix=at.prefix),
    "nothing-to-undo": lambda at: compose.nothing_to_undo(0, prefix=at.prefix),
    "nothing-to-undo-of-this-number": lambda at: compose.nothing_to_undo(7, prefix=at.prefix),
}
