"""Time zones: found by their names, offered while one is typed."""

import zoneinfo
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import localtime
from core.localtime import zone, zones
from tests.conftest import EXAMPLES

NAMES = sorted((files("tzdata") / "zones").read_text().split())


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/BERLIN", "Europe/Berlin"),
        ("america/new york", "America/New_York"),
        (" America/New_York ", "America/New_York"),
        ("america/argentina/buenos aires", "America/Argentina/Buenos_Aires"),
        ("America/Port-au-Prince", "America/Port-au-Prince"),
        ("America/S\u00e3o Paulo", "America/Sao_Paulo"),
        ("utc", "UTC"),
        ("etc/gmt-5", "Etc/GMT-5"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("US/Eastern", "US/Eastern"),
    ],
)
def test_a_zone_is_known_by_its_name_in_any_case(typed: str, name: str) -> None:
    found = zone(typed)

    assert found is not None
    assert found.key == name


@pytest.mark.parametrize(
    "typed",
    ["", " ", "Berlin", "Europe", "Europe/", "Europe/Atlantis", "../zones", "/etc/passwd", "a\0b"],
)
def test_what_names_no_zone_finds_none(typed: str) -> None:
    assert zone(typed) is None


def test_a_zone_does_not_hang_on_what_the_machine_knows(tmp_path: Path) -> None:
    (tmp_path / "Europe").mkdir()
    tokyo = files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").read_bytes()
    (tmp_path / "Europe" / "Berlin").write_bytes(tokyo)
    localtime._read.cache_clear()
    zoneinfo.reset_tzpath([tmp_path])

    try:
        berlin = zone("Europe/Berlin")
        of_the_machine = zoneinfo.ZoneInfo.no_cache("Europe/Berlin")
    finally:
        zoneinfo.reset_tzpath()

    assert datetime(2026, 1, 1, tzinfo=berlin).utcoffset() == timedelta(hours=1)
    assert datetime(2026, 1, 1, tzinfo=of_the_machine).utcoffset() == timedelta(hours=9)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("berlin", ("Europe/Berlin",)),
        ("z\u00fcri", ("Europe/Zurich",)),
        ("new y", ("America/New_York",)),
        ("york", ("America/New_York",)),
        ("europe/ber", ("Europe/Berlin",)),
        ("utc", ("UTC",)),
        ("indiana/k", ("America/Indiana/Knox",)),
        ("nowhere", ()),
    ],
)
def test_zones_are_offered_by_their_place(typed: str, offered: tuple[str, ...]) -> None:
    assert zones(typed) == offered


def test_places_that_begin_with_what_was_typed_come_first() -> None:
    offered = zones("ma", most=100)

    begin = [name.rpartition("/")[2].startswith("Ma") for name in offered]
    assert "Europe/Madrid" in offered
    assert "Asia/Damascus" in offered
    assert begin == sorted(begin, reverse=True)


def test_before_anything_is_typed_zones_of_each_part_of_the_world_are_offered() -> None:
    offered = zones(" ")

    areas = {name.partition("/")[0] for name in offered}
    assert areas == {"UTC", "Africa", "America", "Asia", "Australia", "Europe", "Pacific"}
    assert len(set(offered)) == len(offered) <= 25
    assert zones("", most=3) == offered[:3]


def test_old_and_technical_names_are_not_offered() -> None:
    offered = {name for letter in "abcdefghijklmnopqrstuvwxyz" for name in zones(letter, 999)}

    assert {name.partition("/")[0] for name in offered} == {
        *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia"),
        *("Europe", "Indian", "Pacific", "UTC"),
    }
    assert [name for name in offered if "/" not in name] == ["UTC"]


@pytest.mark.drawn
@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(max_size=40) | st.sampled_from(NAMES), st.integers(0, 30))
def test_whatever_is_typed_only_zones_are_offered(typed: str, most: int) -> None:
    offered = zones(typed, most)

    assert len(offered) <= most
    assert all(name in NAMES for name in offered)
    found = zone(typed)
    assert found is None or found.key in NAMES
