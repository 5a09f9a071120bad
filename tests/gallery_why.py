"""Every answer to why, for the gallery."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

from core import compose
from core.messages import Message
from core.outbox import COUNTED
from core.posting import Address
from core.rules import Rules, Terms
from core.why import Polled, Stage, Station, Way
from tests.news import NOW, TITLE
from tests.samples import BARE, REAL, day, longest


class Asked(Protocol):
    """Where it is asked, as far as that shapes the answer."""

    @property
    def prefix(self) -> str:
        """What is typed before a command's words."""
        ...

    @property
    def right(self) -> str:
        """What the right to change a channel is called."""
        ...


Entry = Callable[[Asked], Message]

_AT = Address("discord", "1", "10")
_CAME = Station(Stage.CAME, at=NOW)
_LATER = NOW + timedelta(hours=20)
_HOT = Terms(heat=80)
_PICKY = Terms(heat=80, moods=("positive",), without=("meta", "spam.example"))
_BROUGHT = Station(Stage.MATCHED, "meta", _HOT)
_RULES: Rules = {"llms": Terms(), "chips+robots": Terms()}


def _why(*stations: Station, article: object = REAL, **more: object) -> Entry:
    told = {"may_mend": True} | more
    way = Way(_AT, article, (_CAME, *stations), _RULES)  # type: ignore[arg-type]  # an article
    return lambda at: compose.why(way, prefix=at.prefix, right=at.right, **told)  # type: ignore[arg-type]  # its own arguments


def _kept(stage: Stage) -> Entry:
    return _why(_BROUGHT, Station(stage, "meta", _HOT, _LATER))


def _ended(stage: Stage, told: str = "", *before: Station) -> Entry:
    return _why(_BROUGHT, *before, Station(stage, told=told))


def _lacks(*stages: Stage, words: Sequence[str] = ()) -> Entry:
    return _why(*(Station(it, "llms", _PICKY, words=tuple(words)) for it in stages))


_SAME = Station(Stage.SAME_STORY, told=TITLE)
_UNSEEN = Way(_AT, None, (Station(Stage.UNSEEN),))
_POLLED = tuple(Polled(f"source-{n}", NOW if n else None) for n in range(7))

WHY: dict[str, Entry] = {
    "why-unseen": lambda at: compose.why(replace(_UNSEEN, polled=_POLLED), prefix=at.prefix),
    "why-unseen-nothing-read": lambda at: compose.why(_UNSEEN, prefix=at.prefix),
    "why-posted": _why(
        _BROUGHT, Station(Stage.POSTED, at=NOW), link="https://chat.example/channels/1/10/12"
    ),
    "why-posted-in-a-digest": _why(
        _BROUGHT,
        Station(Stage.DIGEST, "meta", _HOT, _LATER),
        Station(Stage.POSTED, at=_LATER),
    ),
    "why-posted-by-a-changed-rule": _why(
        replace(_BROUGHT, at=NOW), Station(Stage.POSTED, at=NOW), may_mend=False
    ),
    "why-posted-by-a-rule-that-is-gone": _why(
        Station(Stage.MATCHED), Station(Stage.POSTED, at=NOW)
    ),
    "why-posted-below-its-story": _why(_BROUGHT, _SAME, Station(Stage.POSTED, at=NOW)),
    "why-posted-split-off": _why(_BROUGHT, Station(Stage.SPLIT_OFF), Station(Stage.POSTED, at=NOW)),
    "why-posted-and-withdrawn": _why(
        _BROUGHT,
        Station(Stage.WITHDRAWN),
        Station(Stage.POSTED, at=NOW),
        article=replace(REAL, retracted=True),
    ),
    "why-stored": _why(Station(Stage.STORED)),
    "why-withdrawn": _why(Station(Stage.WITHDRAWN)),
    "why-nothing-followed": _why(Station(Stage.NOTHING_FOLLOWED)),
    "why-nothing-followed-by-a-member": _why(Station(Stage.NOTHING_FOLLOWED), to_member=True),
    "why-no-tag": _lacks(Stage.NO_TAG, words=["llms"]),
    "why-no-tag-for-a-member": _why(Station(Stage.NO_TAG, "llms"), to_member=True, may_mend=False),
    "why-no-tag-for-others": _why(Station(Stage.NO_TAG, "llms"), may_mend=False),
    "why-no-tag-at-all": _why(Station(Stage.NO_TAG, "llms"), article=BARE),
    "why-left-out": _lacks(Stage.LEFT_OUT, words=["meta"]),
    "why-left-out-site": _lacks(Stage.LEFT_OUT, words=["spam.example"]),
    "why-too-cold": _lacks(Stage.HEAT),
    "why-no-heat-known": _why(Station(Stage.HEAT, "*", _HOT), article=BARE),
    "why-other-mood": _lacks(Stage.MOOD),
    "why-concerns": _why(Station(Stage.CONCERNS, "llms", Terms(concerns="none"))),
    "why-several-reasons": _lacks(Stage.MOOD, Stage.HEAT),
    "why-too-early": _why(Station(Stage.TOO_EARLY, "meta", _HOT, NOW)),
    "why-changed": _why(Station(Stage.CHANGED, "meta", _HOT, NOW)),
    "why-queueing": _why(Station(Stage.QUEUEING)),
    "why-digest": _kept(Stage.DIGEST),
    "why-quiet": _kept(Stage.QUIET),
    "why-limit": _kept(Stage.LIMIT),
    "why-on-hold": _kept(Stage.ON_HOLD),
    "why-paused": _ended(Stage.PAUSED),
    "why-closed": _ended(Stage.CLOSED, "the channel is archived"),
    "why-closed-to-others": _why(
        _BROUGHT, Station(Stage.CLOSED, told="the channel is archived"), may_mend=False
    ),
    "why-closed-direct": _why(
        _BROUGHT, Station(Stage.CLOSED, told="you take no messages from apps"), to_member=True
    ),
    "why-behind": _ended(Stage.BEHIND, TITLE, _SAME),
    "why-waiting": _ended(Stage.WAITING),
    "why-waiting-again": _why(
        _BROUGHT, Station(Stage.WAITING, at=_LATER, told="the platform is busy")
    ),
    "why-sending": _ended(Stage.SENDING),
    "why-covered": _ended(Stage.COVERED, TITLE, _SAME),
    "why-skipped": _ended(Stage.SKIPPED, ""),
    "why-dead": _ended(Stage.DEAD, "the link is blocked"),
    "why-expired": _ended(Stage.EXPIRED, "it was no longer news"),
    "why-expired-counted": _ended(Stage.EXPIRED, COUNTED),
    "why-unknown": _ended(Stage.UNKNOWN, "it may have been posted"),
    "why-long": _why(Station(Stage.NO_TAG, "llms"), article=longest()),
    "why-what": lambda at: compose.why_what(prefix=at.prefix),
    "why-which": lambda at: compose.why_which(day(3), prefix=at.prefix),
    "why-which-of-many": lambda at: compose.why_which(day(12), prefix=at.prefix),
    "why-no-post": lambda at: compose.why_no_post(prefix=at.prefix),
}
