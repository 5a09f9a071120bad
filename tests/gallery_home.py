"""What the home tab shows to each kind of reader."""

from dataclasses import replace
from datetime import timedelta

from core import compose
from core.compose import Glance, Managed, Workspace
from core.localtime import Rhythm
from core.rules import NO_TERMS, Rules, Terms
from core.subscriptions import Census, Following
from tests.gallery_channels import Entry
from tests.news import NOW
from tests.samples import day

TAGS: Rules = {"llms": NO_TERMS, "openai": Terms(rhythm=Rhythm("daily", 9 * 60))}
VERSION = "1.0"


def _channel(number: int, because: str = "", *, by_itself: bool = False) -> Managed:
    paused_at = NOW if because else None
    has = Following({"llms": NO_TERMS}, because or None, number, paused_at, by_itself)
    return Managed(f"{number}", has)


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
    workspace=Workspace(Census(3, 41), "9"),
    version=VERSION,
)
UNHEARD = Glance(
    Following(),
    managed=(_channel(1),),
    workspace=Workspace(Census(1, 1), ""),
    version=VERSION,
)


def _home(glance: Glance) -> Entry:
    return lambda at: compose.home(_there(glance, at.channel), prefix=at.prefix)


def _there(glance: Glance, channels: str) -> Glance:
    """Return the same with channels as the ids of a platform begin."""
    managed, chosen = (
        tuple(replace(it, channel=f"{channels}1{it.channel}") for it in some)
        for some in (glance.managed, glance.chosen)
    )
    all_of_it = glance.workspace
    if all_of_it and all_of_it.log:
        all_of_it = replace(all_of_it, log=f"{channels}1{all_of_it.log}")
    return replace(glance, managed=managed, chosen=chosen, workspace=all_of_it)


HOMES: dict[str, Entry] = {
    "home-new": _home(NEW),
    "home-member": _home(MEMBER),
    "home-paused": _home(PAUSED),
    "home-mod": _home(MOD),
    "home-chosen": _home(CHOSEN),
    "home-admin": _home(ADMIN),
    "home-admin-unheard": _home(UNHEARD),
    "waiting": lambda _: compose.waiting(),
}
