"""Sealed words are opened where they were sealed, and nowhere else."""

import asyncio
import json
import logging
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.discord.buttons import custom_id
from bots.discord.buttons import sealed as sealed_on_discord
from bots.discord.render import as_body
from bots.slack.render import as_payload
from bots.slack.sealing import sealed
from core.db import Database, open_database
from core.posting import Address
from core.seals import LONGER, Foreign, Older, Opened, Seals, seals_of, words_in
from core.tables import notes
from tests.gallery import NAMES, message
from tests.readers import objects

SEALS = Seals(bytes(range(32)))
ON_DISCORD = Address("discord", "118730126411823926", "118730126411823927")
ON_SLACK = Address("slack", "T0ACME", "C0NEWS")
PLACES = (ON_DISCORD, ON_SLACK)
WORDS = "channel follow llms heat:60 -crypto"


@pytest.mark.parametrize("place", PLACES)
def test_words_are_opened_where_they_were_sealed(place: Address) -> None:
    sealed_words = SEALS.seal(WORDS, place)

    assert SEALS.open(sealed_words, place) == Opened(WORDS)
    assert SEALS.open(sealed_words, replace(place, thread="12")) == Opened(WORDS)
    assert len(sealed_words) == len(WORDS) + LONGER


@pytest.mark.parametrize("place", PLACES)
def test_no_bit_of_what_is_kept_can_be_flipped(place: Address) -> None:
    written = SEALS.seal(WORDS, place).encode()

    accepted = [
        (at, bit)
        for at in range(len(written))
        for bit in range(8)
        if isinstance(SEALS.open(_flipped(written, at, bit), place), Opened)
    ]

    assert accepted == []


@pytest.mark.parametrize("place", PLACES)
def test_words_are_foreign_everywhere_else(place: Address) -> None:
    kept = SEALS.seal(WORDS, place)
    others = (
        replace(place, channel=f"{place.channel}1"),
        replace(place, workspace=f"{place.workspace}1"),
        replace(place, workspace=place.channel, channel=place.workspace),
        replace(place, platform="slack" if place.platform == "discord" else "discord"),
    )

    assert [SEALS.open(kept, other) for other in others] == [Foreign(WORDS)] * 4
    assert Seals(bytes(32)).open(kept, place) == Foreign(WORDS)


@given(st.text(), st.text(max_size=40))
@settings(max_examples=300)
def test_whatever_is_written_into_a_button_is_never_taken_for_ours(mac: str, words: str) -> None:
    kept = SEALS.open(f"t2{mac}{words}", ON_SLACK)

    assert not isinstance(kept, Opened) or kept.words == ""


@given(st.text(max_size=120))
@settings(max_examples=300)
def test_any_words_can_be_sealed(words: str) -> None:
    kept = SEALS.seal(words, ON_SLACK)

    assert SEALS.open(kept, ON_SLACK) == Opened(words)
    assert words_in(kept) == words


@pytest.mark.parametrize("before", ["t1:", ""])
@pytest.mark.parametrize(
    "words",
    [
        "related article:12",
        "summary article:12",
        "latest llms",
        "search page:2 upto:9 a",
        "trending",
        "tags",
        "catchup 8h",
        "why article:12",
        "help",
    ],
)
def test_buttons_from_before_still_do_what_changes_nothing(before: str, words: str) -> None:
    assert SEALS.open(before + words, ON_DISCORD) == Opened(words)


@pytest.mark.parametrize("before", ["t1:", ""])
@pytest.mark.parametrize(
    "words",
    [
        "subscribe llms",
        "unsubscribe",
        "stop article:12",
        "snooze 1w",
        "share article:12",
        "channel follow llms",
        "channel unfollow",
        "channel managers anyone",
        "channel notices",
        "ask |channel follow",
        "nonsense",
    ],
)
def test_all_other_buttons_from_before_do_nothing(before: str, words: str) -> None:
    assert SEALS.open(before + words, ON_DISCORD) == Older(words)


def test_every_button_is_sealed_within_the_platforms_limits() -> None:
    wrong = [f"{name}: {it}" for name in NAMES for it in not_so(name)]

    assert not wrong, "\n".join(wrong)


def not_so(name: str) -> list[str]:
    """Return what of the buttons of a message is not as it should be; nothing if all is."""
    body = json.loads(sealed_on_discord(as_body(message(name, "discord")), SEALS, ON_DISCORD))
    payload = sealed(as_payload(message(name, "slack")), SEALS, ON_SLACK)
    ids = [str(it["custom_id"]) for it in objects(body) if "custom_id" in it]
    pressed = [it for it in objects(payload["blocks"]) if "action_id" in it and "url" not in it]
    written = [str(it.get("value") or it["action_id"]) for it in pressed]
    kept = [it.removeprefix("choose:").removeprefix("group:") for it in written]

    shut = [it for it in ids if not isinstance(SEALS.open(it, ON_DISCORD), Opened)]
    shut += [it for it in kept if not isinstance(SEALS.open(it, ON_SLACK), Opened)]
    plain = [it for it in (*ids, *kept) if not it.startswith("t2")]
    names = [str(it["action_id"]) for it in pressed]
    each = ((ids, 100), (names, 255), (kept, 2000))
    long = [it for written, most in each for it in written if len(it) > most]
    return [*shut, *plain, *long]


def test_words_that_are_too_long_with_their_seal_make_no_button() -> None:
    assert custom_id("a" * (100 - LONGER)) is not None
    assert custom_id("a" * (101 - LONGER)) is None


async def test_all_processes_of_an_installation_have_one_key(
    database: Database, any_migrated: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_database(any_migrated) as other:
        first, second = await asyncio.gather(seals_of(database), seals_of(other))
        again = await seals_of(database)
        async with database.read() as db:
            key = await db.scalar(sa.select(notes.c.value).where(notes.c.name == "key of buttons"))

    kept = first.seal(WORDS, ON_SLACK)
    assert second.open(kept, ON_SLACK) == again.open(kept, ON_SLACK) == Opened(WORDS)
    assert key
    assert len(bytes.fromhex(key)) == 32
    assert key not in caplog.text


@pytest.mark.mostly_one_database
async def test_another_installation_has_another_key(
    database: Database, migrated_file: Path, tmp_path: Path
) -> None:
    shutil.copyfile(migrated_file, tmp_path / "other.db")
    async with open_database(f"sqlite:///{tmp_path / 'other.db'}") as other:
        theirs = (await seals_of(other)).seal(WORDS, ON_SLACK)

    assert (await seals_of(database)).open(theirs, ON_SLACK) == Foreign(WORDS)


def _flipped(written: bytes, at: int, bit: int) -> str:
    changed = bytearray(written)
    changed[at] ^= 1 << bit
    return changed.decode("latin-1")
