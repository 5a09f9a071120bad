"""What the home tab shows to each kind of reader."""

from collections.abc import Callable
from datetime import timedelta

from core import compose
from core.compose import Glance, Managed, Workspace
from core.localtime import Rhythm
from core.messages import Message
from core.rules import NO_TERMS, Rules, Terms
from core.subscriptions import Census, Following
from tests.news import NOW
from tests.samples import day

TAGS: Rules = {"llms": NO_TERMS, "openai": Terms(rhythm=Rhythm("daily", 9 * 60))}
VERSION = "1.0"


def _channel(number: int, because: str = "", *, by_itself: bool = False) -> Managed:
    paused_at = NOW if because else None
    has = Following({"llms": NO_TERMS}, because or None, number, paused_at, by_itself)
    return Managed(f"C00000000{number}", has)


NEW = Glance(Following(), newest=day(3), version=VERSION)
MEMBER = Glance(
    Following(TAGS, None, 1),
    day(7),
    next_at=NOW + timedelta(hours=21),
    version=VERSION,
)
PAUSED = Glance(Following(TAGS, "you take no direct messages from apps", 1, NOW), version=VERSION)
MOD = Glance(
    Following(),
    managed=(_channel(1), _channel(2, "the channel is archived")),
    page=2,
    pages=3,
    version=VERSION,
)
CHOSEN = Glance(
    Following(TAGS, None, 1),
    managed=(_channel(1),),
    chosen=(_channel(2), _channel(3, "the channel is archived")),
    version=VERSION,
)
ADMIN = Glance(
    Following({"llms": NO_TERMS}, None, 1),
    managed=(_channel(3, "the platform has an outage here", by_itself=True),),
    workspace=Workspace(Census(3, 41), "C000000009"),
    version=VERSION,
)
UNHEARD = Glance(
    Following(),
    managed=(_channel(1),),
    workspace=Workspace(Census(1, 1), ""),
    version=VERSION,
)

HOMES: dict[str, Callable[[str], Message]] = {
    "home-new": lambda prefix: compose.home(NEW, prefix=prefix),
    "home-member": lambda prefix: compose.home(MEMBER, prefix=prefix),
    "home-paused": lambda prefix: compose.home(PAUSED, prefix=prefix),
    "home-mod": lambda prefix: compose.home(MOD, prefix=prefix),
    "home-chosen": lambda prefix: compose.home(CHOSEN, prefix=prefix),
    "home-admin": lambda prefix: compose.home(ADMIN, prefix=prefix),
    "home-admin-unheard": lambda prefix: compose.home(UNHEARD, prefix=prefix),
    "waiting": lambda _: compose.waiting(),
}
"""Each by its name, said to who types the prefix before a command."""
