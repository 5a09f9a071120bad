"""The benchmark of searches runs, at a size that says nothing about speed."""

import pytest

from benchmarks import searching


@pytest.mark.mostly_one_database
async def test_what_searches_cost_is_compared_with_what_was_asked(
    database_address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = database_address.partition(":")[0]
    await searching.measure_one(database_address, kind, count=120, rounds=3)

    printed = capsys.readouterr().out
    for name in ("some words", "newest first", "one word", "tag and word", "day", "week"):
        assert f"{kind} 120 articles, {name}: p50 " in printed
    assert printed.count("(at most 20)") == 6


@pytest.mark.parametrize(
    ("name", "took", "held"),
    [("one word", 20.0, True), ("one word", 20.1, False), ("common words", 99.0, True)],
)
def test_what_is_asked_of_a_search_has_to_be_held(name: str, took: float, *, held: bool) -> None:
    assert searching.report("sqlite", 100_000, {name: [took] * 3}) is held
