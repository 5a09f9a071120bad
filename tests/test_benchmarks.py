"""The benchmarks run, at a size that says nothing about speed."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import commands, fanout, growth, pacing, posting
from benchmarks.crowd import Seen as SeenByCrowd
from benchmarks.sdks import view_of
from benchmarks.strict import Seen
from bots.discord.render import payload
from core import compose
from core.articles import stored_as
from core.db import open_database
from core.posting import Platform
from tests.conftest import NOW


@pytest.mark.parametrize("platform", ["discord", pytest.param("slack", marks=pytest.mark.long)])
async def test_posts_are_compared_with_the_sdks(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = await posting.measure(platform, messages=10, rounds=2)
    posting.report(platform, measured)

    assert len(measured.ours) == 2
    assert [len(costs) for costs in measured.sdk.values()] == [2, 2]
    assert (
        f"{platform} ratio {measured.ratio(posting.BASE[platform]):.2f} " in capsys.readouterr().out
    )


@pytest.mark.parametrize(("cost", "held"), [(100.0, True), (101.0, False)])
def test_a_post_on_discord_may_cost_no_more_than_discord_pys(cost: float, *, held: bool) -> None:
    measured = posting.Measured([cost], {posting.BASE["discord"]: [100.0]})

    assert posting.report("discord", measured) is held


def test_discord_py_posts_the_same_layout() -> None:
    draft = posting.article("https://themata.ai/news/a")
    card = compose.post([stored_as(draft, 1, source="saved", now=NOW)], "card")

    sent = view_of(card).to_components()  # type: ignore[no-untyped-call]  # discord.py leaves it so

    assert stripped(sent) == stripped(payload(card)["components"])


async def test_a_fan_out_is_compared_with_a_raw_statement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path / 'themata.db'}"
    measured = await fanout.measure(url, None, count=200, rounds=2)
    fanout.report("sqlite", measured)

    assert [found.rows for found in measured.values()] == [100, 190, 190]
    assert "fanout ratio sqlite 95 %" in capsys.readouterr().out


async def test_a_fan_out_on_discord_keeps_to_its_limits(
    capsys: pytest.CaptureFixture[str],
) -> None:
    measured = await pacing.discord(channels=60, each=2)
    measured.report()

    posts = len(measured.seen.posted_at)
    assert measured.lost == 0
    assert measured.seen.standing == posts
    # What is refused for coming too soon may share its message with the next article.
    assert 120 - measured.seen.too_many <= posts <= 120
    assert measured.took > posts / pacing.DISCORD_A_SECOND - 1
    assert len(measured.seen.acknowledged) > 0
    told = f"discord, 60 channels x 2: 0 of {posts} posts lost (at most 0)"
    assert told in capsys.readouterr().out


async def test_a_fan_out_on_slack_keeps_to_its_limits(capsys: pytest.CaptureFixture[str]) -> None:
    measured = await pacing.slack(workspaces=10, each=3)
    measured.report()

    assert measured.lost == 0
    assert measured.seen.standing == len(measured.seen.posted_at) == 30
    assert measured.seen.too_many == 0
    assert measured.took >= 2.0
    assert "slack, 10 workspaces x 3: 0 refusals (429) (at most 0)" in capsys.readouterr().out


WELL = Seen([0.0, 97.0], too_many=0, standing=2, acknowledged=[0.01])


@pytest.mark.parametrize(
    ("seen", "lost", "lag", "held"),
    [
        (WELL, 0, 0.01, True),
        (WELL, 1, 0.01, False),
        (WELL, 0, 0.03, False),
        (replace(WELL, posted_at=[0.0, 100.0]), 0, 0.01, False),
        (replace(WELL, too_many=1), 0, 0.01, False),
        (replace(WELL, acknowledged=[0.2]), 0, 0.01, False),
    ],
)
def test_every_bound_of_pacing_has_to_be_held(
    seen: Seen, lost: int, lag: float, *, held: bool
) -> None:
    measured = pacing.Measured("discord", pacing.DISCORD, seen, lost, allowed=96.0, lags=[lag])

    assert measured.report() is held


@pytest.mark.parametrize("platform", ["discord", pytest.param("slack", marks=pytest.mark.long)])
async def test_the_costs_of_many_channels_are_compared_with_those_of_few(
    platform: Platform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "GROUP", 20)
    draft = posting.article("https://themata.ai/news/a")
    grown = await growth.measure(platform, channels=40, posts=80, draft=draft, warm_up=1)
    growth.report(platform, 40, grown)

    assert grown.posts == 80
    assert len(grown.few) == len(grown.many) == 2
    assert f"{platform} channels ratio {grown.ratio:.2f} " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("many", "megabytes", "held"), [(110.0, 5.0, True), (111.0, 0.0, False), (100.0, 5.1, False)]
)
def test_many_channels_may_cost_little_more_and_leave_little_behind(
    many: float, megabytes: float, *, held: bool
) -> None:
    grown = growth.Grown([100.0], [many], 400, megabytes)

    assert growth.report("discord", 60_000, grown) is held


@pytest.mark.mostly_one_database
@pytest.mark.parametrize("platform", ["discord", pytest.param("slack", marks=pytest.mark.long)])
async def test_a_crowd_is_answered_though_all_ask_at_once(
    platform: Platform, database_address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_database(database_address) as database:
        await commands.fill(database, 100, stories=240)
    measured = await commands.measure(platform, database_address, tmp_path, 25, prefixes=20)
    measured.report()

    assert measured.errors == 0
    assert measured.seen.answered == len(measured.seen.acknowledged) == 25
    typed = 20 if platform == "discord" else 0
    assert len(measured.seen.suggested) == len(measured.seen.suggested_together) == typed
    assert f"{platform} unanswered 0 of 25 (at most 0)" in capsys.readouterr().out


CROWD = SeenByCrowd([0.1] * 99 + [0.7], 100, 3.0, suggested=[0.1], suggested_together=[0.15])


@pytest.mark.parametrize(
    ("seen", "undone", "complaints", "held"),
    [
        (CROWD, 0, [], True),
        (replace(CROWD, acknowledged=[0.1] * 98 + [0.6] * 2), 0, [], False),
        (replace(CROWD, answered=99), 0, [], False),
        (replace(CROWD, suggested=[0.16]), 0, [], False),
        (replace(CROWD, suggested_together=[0.16]), 0, [], False),
        (replace(CROWD, without_suggestions=1), 0, [], False),
        (CROWD, 1, [], False),
        (CROWD, 0, ["lost an answer"], False),
    ],
)
def test_every_bound_of_commands_has_to_be_held(
    seen: SeenByCrowd, undone: int, complaints: list[str], *, held: bool
) -> None:
    measured = commands.Measured("sqlite", "discord", 100, seen, undone, complaints)

    assert measured.report() is held


def stripped(value: object) -> object:
    """Return the components without what discord.py says though it is Discord's default."""
    if isinstance(value, list):
        return [stripped(item) for item in value]
    if isinstance(value, dict):
        return {key: stripped(item) for key, item in value.items() if item not in (False, None)}
    return value
