"""The benchmarks run, at a size that says nothing about speed."""

from pathlib import Path

import pytest

from benchmarks import fanout, posting
from benchmarks.sdks import view_of
from bots.discord.render import payload
from core import compose
from core.articles import stored_as
from core.posting import Platform
from tests.conftest import NOW


@pytest.mark.parametrize("platform", ["discord", "slack"])
async def test_posts_are_compared_with_the_sdks(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    measured = await posting.measure(platform, messages=20, rounds=2)
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

    assert [found.rows for found in measured.values()] == [100, 190]
    assert "fanout ratio sqlite 95 %" in capsys.readouterr().out


def stripped(value: object) -> object:
    """Return the components without what discord.py says though it is Discord's default."""
    if isinstance(value, list):
        return [stripped(item) for item in value]
    if isinstance(value, dict):
        return {key: stripped(item) for key, item in value.items() if item not in (False, None)}
    return value
