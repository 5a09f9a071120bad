"""Every answer about a channel that is paused, previewed or tested, for the gallery."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Protocol

from core import compose
from core.compose import Brought
from core.config import Style
from core.forecast import Forecast
from core.health import Health
from core.localtime import Rhythm
from core.messages import Message, Part
from core.moving import Moved, Wanted
from core.outbox import NOTHING, KeptBack, Traffic
from core.posting import Address
from core.rules import NO_TERMS, Terms
from core.settings import Settings
from core.subscriptions import Following
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
    def channel(self) -> str:
        """How its channels' ids begin."""
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


def _health(number: int, **more: object) -> Health:
    known = {"topics": ("llms", "chips"), "followed_at": NOW - timedelta(days=30)} | more
    return Health(Address("discord", "1", f"1187301264118239{number}"), **known)  # type: ignore[arg-type]  # its own fields


def _status(own: Health, kept: KeptBack = NOTHING) -> Entry:
    has = Following({"llms": NO_TERMS}, own.paused_because or None, 1)
    return lambda at: compose.channel_status(
        has, Traffic(own.last_post_at, own.waiting, kept), own, NOW, prefix=at.prefix
    )


_THERE = "1187301264118239251"
_ALL_SET = Settings({"llms": NO_TERMS, "chips": NO_TERMS})
_MOVED = Moved(_ALL_SET, Settings(), 23)
_ALL_OF_IT = Wanted(managers=True, crosspost=True)
_WAITS = KeptBack(23)
_WELL = {"last_post_at": NOW, "waiting": 2}
_OTHERS = (
    _health(1, **_WELL),
    _health(2, pause_kind="closed", paused_because="the channel is archived", paused_at=NOW),
    _health(3, pause_kind="asked", paused_because="paused", paused_until=NOW),
    _health(4, pause_kind="away", paused_because="the platform has an outage", paused_at=NOW),
    _health(5, failed=2, last_post_at=NOW),
    _health(6),
    _health(7, followed_at=NOW),
    _health(8, pause_kind="asked", paused_because="paused"),
)


def _others(at: Asked, page: int, most: int = len(_OTHERS)) -> tuple[Part, ...]:
    places = (f"{at.channel}1{number}" for number in range(most))
    seen = [
        replace(it, channel=replace(it.channel, channel=place))
        for it, place in zip(_OTHERS, places, strict=False)
    ]
    return compose.other_channels(seen, NOW, page)


CHANNELS: dict[str, Entry] = {
    "channel-status-on-hold": _status(
        _health(1, pause_kind="asked", paused_because="paused", paused_until=NOW)
    ),
    "channel-status-failed": _status(_health(1, failed=2, last_post_at=NOW)),
    "channel-status-silent": _status(_health(1)),
    "channel-status-elsewhere": lambda at: compose.about_elsewhere(
        _status(_health(1))(at), "1187301264118239251"
    ),
    "about-elsewhere": lambda at: compose.about_elsewhere(
        compose.channel_paused(NOW, prefix=at.prefix), "1187301264118239251"
    ),
    "other-channels": lambda at: Message(_others(at, 1)),
    "other-channels-second-page": lambda at: Message(_others(at, 2)),
    "other-channels-one": lambda at: Message(_others(at, 1, most=1)),
    "channel-status-with-others": lambda at: Message(
        _status(_health(1, **_WELL))(at).parts + _others(at, 1)
    ),
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
    "channel-paused-waiting": lambda at: compose.channel_paused(NOW, _WAITS, prefix=at.prefix),
    "still-paused-waiting": lambda _: Message(compose.still_paused(NOW, _WAITS)),
    "channel-status-waiting": _status(
        _health(1, **_WELL), replace(_WAITS, why="digest", comes_at=NOW)
    ),
    "move-where": lambda at: compose.move_where("", prefix=at.prefix),
    "move-where-elsewhere": lambda at: compose.move_where(_THERE, prefix=at.prefix),
    "moved": lambda _: compose.moved(
        _MOVED, _THERE, (57, 58), Wanted(managers=True, crosspost=True)
    ),
    "moved-with-all-to-say": lambda _: compose.moved(
        Moved(replace(_ALL_SET, managers="anyone", crosspost=True, paused=True), Settings(), 1),
        _THERE,
        (57, 58),
        Wanted(managers=False, crosspost=False),
    ),
    "moved-to-one-that-follows": lambda _: compose.moved(
        replace(_MOVED, found=_ALL_SET), _THERE, (57, 58), Wanted(managers=True, crosspost=True)
    ),
    "moved-back": lambda _: compose.moved_back(_THERE),
    "moved-nowhere": lambda _: compose.moved_nowhere(),
    "muted": lambda at: compose.muted("the channel is archived", prefix=at.prefix),
    "muted-not-closed": lambda at: compose.muted("", prefix=at.prefix),
    "unmuted": lambda _: compose.unmuted(was_muted=True),
    "unmuted-nothing": lambda _: compose.unmuted(was_muted=False),
    "what-waits": lambda at: compose.what_waits(_WAITS, is_paused=True, prefix=at.prefix),
    "what-waits-one": lambda at: compose.what_waits(
        KeptBack(1, "quiet", NOW), is_paused=False, prefix=at.prefix
    ),
    "what-waits-over-the-limit": lambda at: compose.what_waits(
        KeptBack(4, "cap", NOW), is_paused=False, prefix=at.prefix
    ),
    "what-waits-nothing": lambda at: compose.what_waits(
        KeptBack(), is_paused=False, prefix=at.prefix
    ),
    "waiting-for-what": lambda at: compose.waiting_for_what("everything", prefix=at.prefix),
    "posted-now": lambda _: compose.posted_now(5, KeptBack(18, "", NOW), is_paused=False),
    "posted-now-all": lambda _: compose.posted_now(1, KeptBack(), is_paused=True),
    "skipped": lambda at: compose.skipped(23, "channel waiting back 100-122", prefix=at.prefix),
    "put-back": lambda _: compose.put_back(23),
    "put-back-nothing": lambda _: compose.put_back(0),
    "posts-are-held": lambda at: compose.posts_are_held(
        "the channel is archived", _WAITS, prefix=at.prefix
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
