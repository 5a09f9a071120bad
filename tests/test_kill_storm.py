"""A short storm of kills: the long one is `benchmarks/kill_storm.py`."""

from pathlib import Path

import pytest

from benchmarks.kill_storm import Plan, rage


@pytest.mark.parametrize(
    ("deliveries", "kills"), [(48, 2), pytest.param(96, 4, marks=pytest.mark.long)]
)
async def test_k6_killed_amid_its_posts_again_and_again_it_keeps_the_promise(
    tmp_path: Path, database_file: Path, deliveries: int, kills: int
) -> None:
    plan = Plan(deliveries=deliveries, kills=kills)

    result = await rage(plan, f"sqlite:///{database_file}", tmp_path)

    assert str(result.verdict) == "duplicates 0, lost 0, out of order 0"
    assert (result.deliveries, result.kills) == (deliveries, kills)


def test_a_plan_spreads_its_deliveries_over_articles_and_channels() -> None:
    plan = Plan(deliveries=2000, kills=100)

    assert (plan.channels, plan.articles) == (10, 100)
