"""Each refusal says what happened, why, and the next step; and each can be met."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from core import compose, pauses, subscriptions
from core.commands import (
    Caller,
    CatchUp,
    ChannelCrosspost,
    ChannelFollow,
    ChannelLog,
    ChannelResume,
    ChannelStatus,
    Command,
    Help,
    Share,
    Subscribe,
    Tags,
)
from core.compose.refusals import REFUSALS, Id
from core.db import Database
from core.desk import Desk
from core.desk.hurry import LATELY, SOON, Hurry
from core.messages import Buttons, Message, WordsButton, as_text
from core.posting import Address, Platform, Poster, PostError, TryLater, Unknown, Unreachable
from core.rights import Action, Denied, Fix, Reason, Standing
from core.seals import Foreign, Older
from tests.arranged import arranged
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.newsroom import save_pages

HERE = {"discord": Address("discord", "1", "10"), "slack": Address("slack", "T1", "C10")}
OWN = {"discord": Address("discord", "@me", "8"), "slack": Address("slack", "T1", "8")}
STEP = "Give it what it lacks."

pytestmark = pytest.mark.mostly_one_database


def caller(platform: Platform, **more: object) -> Caller:
    """Return a mod in a channel."""
    usual: dict[str, object] = {"may_manage": True, "is_admin": True, "may_post": True}
    told = usual | {"step_to_let_bot_post": STEP} | more
    return replace(Caller("8", HERE[platform], OWN[platform]), **told)  # type: ignore[arg-type]  # they are of its fields


def direct(platform: Platform, **more: object) -> Caller:
    """Return a person in their direct messages."""
    return replace(caller(platform, **more), here=OWN[platform])


@dataclass
class Desks:
    """A desk on a platform, whose posters fail as told."""

    database: Database
    platform: Platform

    async def answer(
        self, command: Command, asked: Caller, *errors: PostError, times: int = 1
    ) -> Message:
        """Return what is answered, the last time if it is asked several times."""
        posters: dict[Platform, Poster] = {self.platform: FakePoster(*errors)}
        desk = Desk(self.database, {"llms": []}, clock=lambda: NOW, posters=posters, hurry=Hurry())
        for _ in range(times - 1):
            await desk.answer(command, asked)
        return await desk.answer(command, asked)


Meet = Callable[[Desks], Awaitable[Message]]


async def _paused(desks: Desks, reason: str, asked: Command, who: Caller) -> Message:
    for address in {who.here, who.direct} - ({who.direct} if who.may_manage else set()):
        async with desks.database.write() as db:
            await subscriptions.follow(db, address, ["llms"], by="8", now=NOW)
            await pauses.pause_at(db, address, reason, now=NOW)
    return await desks.answer(asked, who)


def _by_mod(command: Command, **more: object) -> Meet:
    return lambda desks: desks.answer(command, caller(desks.platform, **more))


def _shares(*errors: PostError, times: int = 1, **more: object) -> Meet:
    return lambda desks: desks.answer(
        Share("openai ipo"), caller(desks.platform, **more), *errors, times=times
    )


async def _often(desks: Desks) -> Message:
    posters: dict[Platform, Poster] = {desks.platform: FakePoster()}
    desk = Desk(desks.database, {}, clock=lambda: NOW, posters=posters)
    for words in ("openai", "ipo", "bankers"):
        await desk.answer(Share(words), caller(desks.platform))
    return await desk.answer(Share("york"), caller(desks.platform))


async def _now(said: Message) -> Message:
    return said


def _denied(reason: Reason) -> Message:
    why = Denied(reason, Fix(Standing.MOD))
    return compose.denied(why, Action.CONFIGURE, "", "", "8")


MEETINGS: Mapping[Id, Meet] = {
    "no_perm": _by_mod(ChannelFollow(("llms",)), may_manage=False, is_admin=False),
    "no_admin": lambda _: _now(_denied(Reason.NO_ADMIN)),
    "guest": _by_mod(ChannelFollow(("llms",)), may_manage=False, is_admin=False, is_guest=True),
    "no_member": lambda _: _now(_denied(Reason.NOT_A_MEMBER)),
    "not_yours": lambda _: _now(_denied(Reason.SOMEBODY_ELSES)),
    "bot_no_send": _by_mod(ChannelFollow(("llms",)), bot_may_post=False),
    "not_in_channel": _by_mod(ChannelResume(), bot_may_post=False, bot_is_member=False),
    "archived": lambda desks: _paused(
        desks, "the channel is archived", Help(), caller(desks.platform)
    ),
    "closed": lambda desks: _paused(desks, "it is gone", Help(), caller(desks.platform)),
    "closed_direct": lambda desks: _paused(
        desks,
        "they are turned off",
        Help(),
        direct(desks.platform, may_manage=False, is_admin=False),
    ),
    "too_fast": lambda desks: desks.answer(Tags(), caller(desks.platform), times=SOON.most + 1),
    "stale_button": lambda _: _now(compose.unopened(Older("channel follow llms"), prefix="/")),
    "foreign_button": lambda _: _now(compose.unopened(Foreign("subscribe llms"), prefix="/")),
    "platform_slow": _shares(TryLater("busy")),
    "perhaps": _shares(Unknown("broken")),
    "held": lambda desks: _paused(desks, "it is gone", ChannelStatus(), caller(desks.platform)),
    "internal": lambda _: _now(compose.internal_error("7F3A")),
    "no_channel": lambda desks: desks.answer(ChannelStatus(), direct(desks.platform)),
    "elsewhere": lambda desks: desks.answer(CatchUp(), direct(desks.platform, bot_is_here=False)),
    "no_threads": lambda desks: desks.answer(Subscribe(("llms", "here")), direct(desks.platform)),
    "no_crosspost": _by_mod(ChannelCrosspost()),
    "no_share": _shares(may_post=False),
    "no_share_here": lambda desks: desks.answer(Share("openai"), direct(desks.platform)),
    "share_failed": _shares(Unreachable("the channel is closed")),
    "share_twice": _shares(times=2),
    "share_often": _often,
}


@pytest.mark.parametrize("which", REFUSALS)
def test_each_says_what_happened_why_and_the_next_step(which: Id) -> None:
    refusal = REFUSALS[which]

    for part in (refusal.what, refusal.why, refusal.step):
        assert part.strip()
        assert part[0].isupper() or part[0] == "{" or refusal.what.endswith(":")
        assert part.endswith((".", ":", "}"))
        assert "!" not in part


def test_each_is_met_somewhere() -> None:
    assert set(MEETINGS) == set(REFUSALS)


@pytest.mark.parametrize("platform", ["discord", pytest.param("slack", marks=pytest.mark.long)])
@pytest.mark.parametrize("which", MEETINGS)
async def test_each_is_what_is_answered(which: Id, platform: Platform, database: Database) -> None:
    await arranged(database, save_pages)

    said = as_text(await MEETINGS[which](Desks(database, platform)))

    for part in (REFUSALS[which].what, REFUSALS[which].why):
        fixed = max(part.replace("}", "{").split("{")[::2], key=len).strip(" .:")
        if which != "held" or part == REFUSALS[which].what:
            assert fixed in said, said
    assert len(said.splitlines()) > 1


@pytest.mark.parametrize("platform", ["discord", "slack"])
@pytest.mark.parametrize(
    ("command", "label", "is_member"),
    [
        (ChannelFollow(("llms",)), "Check again", True),
        (ChannelResume(), "Check again", True),
        (ChannelLog(), "Try again", False),
    ],
)
async def test_what_the_bot_lacks_can_be_checked_again(
    command: Command, label: str, platform: Platform, database: Database, *, is_member: bool
) -> None:
    lacking = caller(platform, bot_may_post=False, bot_is_member=is_member)
    said = await Desks(database, platform).answer(command, lacking)

    [row] = [part for part in said.parts if isinstance(part, Buttons)]
    [button] = row.buttons
    assert isinstance(button, WordsButton)
    assert button.label == label
    assert STEP in as_text(said)


# In a hurry.


def hurry_at(*seconds: float, person: str = "8", hurry: Hurry | None = None) -> list[bool]:
    """Return which commands are answered that are given at these moments."""
    counted = Hurry() if hurry is None else hurry
    times = (NOW + timedelta(seconds=it) for it in seconds)
    return [counted.take(person, HERE["discord"], it) is None for it in times]


def test_ten_commands_are_answered_in_ten_seconds_and_one_more_every_second() -> None:
    answered = hurry_at(*[0] * 11, 0.5, 1, 1.25, 2)

    assert answered == [True] * 10 + [False] * 2 + [True, False, True]


def test_sixty_commands_are_answered_in_a_minute_and_one_more_every_second() -> None:
    lately = Hurry((LATELY,))

    assert hurry_at(*[0.0] * 61, 0.5, 1, hurry=lately) == [True] * 60 + [False] * 2 + [True]
    assert all(hurry_at(*[1.0 * n for n in range(200)]))


def test_who_waits_as_long_as_told_is_answered() -> None:
    hurry = Hurry()
    hurry_at(*[0.0] * 10, hurry=hurry)
    over = hurry.take("8", HERE["discord"], NOW)
    assert over

    assert hurry.take("8", HERE["discord"], NOW + over.wait) is None


def test_others_and_other_workspaces_are_not_in_it() -> None:
    hurry = Hurry()
    hurry_at(*[0.0] * 11, hurry=hurry)

    assert hurry_at(0, person="9", hurry=hurry) == [True]
    assert hurry.take("8", HERE["slack"], NOW) is None


def test_a_crowd_is_answered_and_no_more_of_it_is_kept_than_fits() -> None:
    hurry = Hurry()

    assert all(hurry_at(0, person=str(n), hurry=hurry) == [True] for n in range(12_000))
    assert len(hurry) == 10_000


async def test_a_desk_answers_a_crowd_at_the_same_moment(database: Database) -> None:
    desk = Desk(database, {"llms": []}, clock=lambda: NOW, hurry=Hurry())
    crowd = [replace(caller("discord"), person=str(n)) for n in range(50)]

    said = await asyncio.gather(*(desk.answer(Help(), who) for who in crowd))

    assert all("What you can type" in as_text(it) for it in said)


async def test_it_says_when_it_works_again(database: Database) -> None:
    now = [NOW]

    def clock() -> datetime:
        return now[0]

    desk = Desk(database, {"llms": []}, clock=clock, hurry=Hurry())
    for _ in range(10):
        await desk.answer(Help(), caller("discord"))
    assert "It works again in 1 second" in as_text(await desk.answer(Help(), caller("discord")))
    now[0] += timedelta(seconds=1)
    assert "What you can type" in as_text(await desk.answer(Help(), caller("discord")))
