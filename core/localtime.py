"""Time as people live it: the zones of the world."""

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_COMMON = (
    "UTC",
    *("America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York"),
    *("America/Mexico_City", "America/Bogota", "America/Sao_Paulo"),
    *("Europe/London", "Europe/Paris", "Europe/Berlin", "Europe/Kyiv", "Europe/Istanbul"),
    *("Africa/Lagos", "Africa/Cairo", "Africa/Johannesburg", "Africa/Nairobi"),
    *("Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo"),
    *("Australia/Sydney", "Pacific/Auckland", "Pacific/Honolulu"),
)
_AREAS = frozenset(
    {
        *("Africa", "America", "Antarctica", "Arctic", "Asia"),
        *("Atlantic", "Australia", "Europe", "Indian", "Pacific"),
    }
)


def zone(name: str) -> ZoneInfo | None:
    """Return the zone of this IANA name, in any case, with spaces or underscores, or nothing."""
    known = _names().get(_key(name))
    return _read(known) if known else None


def zones(typed: str, most: int = 25) -> tuple[str, ...]:
    """Return the names to offer while `typed` is being typed, places that it begins first."""
    key = _key(typed)
    if not key:
        return _COMMON[:most]
    holding = (offered for offered in _offered() if key in offered)
    found = sorted(holding, key=lambda offered: (not _place(offered).startswith(key), offered))
    return tuple(_names()[offered] for offered in found[:most])


@cache
def _names() -> Mapping[str, str]:
    """Return all names by what may be typed for them."""
    # Not zoneinfo.available_timezones(): that opens every file, and tells what the machine knows.
    return {_key(name): name for name in (files("tzdata") / "zones").read_text().split()}


@cache
def _offered() -> tuple[str, ...]:
    """Return the keys of the names that tell a place, and of UTC."""
    names = _names().items()
    return tuple(key for key, name in names if name == "UTC" or name.split("/")[0] in _AREAS)


@cache
def _read(name: str) -> ZoneInfo:
    # ZoneInfo(name) would prefer the machine's own data, which differ from one to the next.
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def _key(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in letters if not unicodedata.combining(char))
    return "_".join(plain.casefold().replace("_", " ").split())


def _place(key: str) -> str:
    return key.rpartition("/")[2]
