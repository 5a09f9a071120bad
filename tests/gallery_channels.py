"""Every answer about a channel that is paused, previewed or tested, for the gallery."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Protocol

from core import compose
from core.compose import Brought
from core.config import Style
from core.forecast import Forecast
from core.localtime import Rhythm
from core.messages import Message
from core.rules import NO_TERMS, Terms
from tests.news import NOW
from tests.samples import REAL, day, longest


class Asked(Protocol):
    """Where it is asked, as far as that shapes the answer."""

    @property
    def prefix(self) -> str:
        """What is typed before a command's words."""
        ...

    @property
    def step(self) -> str:
        """What lets the bot post."""
        ...

    @property
    def role(self) -> str:
        """The id of a role or group."""
        ...

    @property
    def people(self) -> tuple[str, ...]:
        """The ids of people."""
        ...

    @property
    def name(self) -> str:
        """What a person is called where their id would notify them."""
        ...


Entry = Callable[[Asked], Message]

_TODAY = date(2026, 6, 22)
_WEEK = Forecast(23)
_MORNING = Terms(rhythm=Rhythm("daily", 8 * 60))


def _preview(brought: Sequence[Brought], style: Style = "card", week: Forecast = _WEEK) -> Entry:
    return lambda at: compose.preview(brought, week, style, _TODAY, prefix=at.prefix)


def _test(brought: Brought | None) -> Entry:
    return lambda at: compose.channel_test(brought, "card", at.people[0], at.name)


def _mentioning(at: Asked) -> Message:
    return _preview([Brought(REAL, Terms(mention=at.role))])(at)


CHANNELS: dict[str, Entry] = {
    "follows-nothing": lambda at: compose.follows_nothing(prefix=at.prefix),
    "channel-paused": lambda at: compose.channel_paused(None, prefix=at.prefix),
    "channel-paused-until": lambda at: compose.channel_paused(
        NOW + timedelta(days=1), prefix=at.prefix
    ),
    "channel-paused-until-when": lambda at: compose.channel_paused_until_when(
        "soonish", prefix=at.prefix
    ),
    "channel-resumed-undo": lambda at: compose.channel_resumed(
        was_paused=True, undo=compose.words_to_pause(NOW), prefix=at.prefix
    ),
    "still-paused": lambda _: Message(compose.still_paused(NOW)),
    "preview": _preview([Brought(it, NO_TERMS) for it in (REAL, *day(2))]),
    "preview-one": _preview([Brought(REAL, Terms(style="line"))], week=Forecast(1)),
    "preview-in-full": _preview([Brought(it, NO_TERMS) for it in (REAL, *day(2))], "full"),
    "preview-long": _preview([Brought(longest(n), NO_TERMS) for n in range(1, 4)], "full"),
    "preview-digest": _preview([Brought(it, _MORNING) for it in day(10)]),
    "preview-mentioning": _mentioning,
    "preview-none": _preview([], week=Forecast(0)),
    "channel-test": _test(Brought(REAL, NO_TERMS)),
    "channel-test-long": _test(Brought(longest(), Terms(style="full"))),
    "channel-test-of-nothing": _test(None),
    "was-tested": lambda _: compose.was_tested("https://chat.example/1", is_closed=False),
    "was-tested-without-link": lambda _: compose.was_tested("", is_closed=False),
    "was-tested-while-closed": lambda _: compose.was_tested(
        "https://chat.example/1", is_closed=True
    ),
    "cannot-test": lambda at: compose.cannot_test(
        "I may not post in this channel", at.step, prefix=at.prefix
    ),
    "cannot-test-refused": lambda at: compose.cannot_test(
        "the link is blocked", "", prefix=at.prefix
    ),
    "perhaps-tested": lambda at: compose.perhaps_tested(prefix=at.prefix),
    "already-tested": lambda _: compose.already_tested(),
}
