"""The benchmarks of related articles and stories run, at a size that tells nothing of speed."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from benchmarks import related, related_cost, stories
from benchmarks.related_cost import Measured
from core.sources import Draft
from tests.labelled import SET, Labelled
from tests.news import ARTICLE, TITLE

Run = Callable[..., None]


@pytest.fixture
def run(database_file: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give what runs a script with these words, on an empty database."""

    def run_it(script: ModuleType, *words: str) -> None:
        database = f"--database=sqlite:///{database_file}"
        monkeypatch.setattr(sys, "argv", [str(script.__file__), *words, database])
        assert script.main() == 0

    return run_it


def _line(number: int, labelled: Labelled) -> dict[str, Any]:
    draft: Draft = labelled.draft
    assert draft.published_at
    return {
        "id": f"d{number}",
        "ts": draft.published_at.strftime("%Y-%m-%dT%H:%M"),
        "title": draft.title,
        "summary": draft.summary,
        "takeaways": [],
        "tags": list(draft.tags),
        "heat": 5.0,
    }


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """Give a file of articles, in the order in which they came."""
    in_order = sorted(SET, key=lambda it: str(it.draft.published_at))
    return _write(tmp_path / "docs.jsonl", [_line(at, it) for at, it in enumerate(in_order)])


def _write(file: Path, rows: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def _read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_ranking_names_only_what_came_before(docs: Path, tmp_path: Path, run: Run) -> None:
    asked: list[dict[str, Any]] = [
        {"qid": "a", "kind": "article", "before": "d8", "doc": "d8"},
        {"qid": "w", "kind": "words", "before": "d8", "text": "ferry fog"},
        {"qid": "all", "kind": "words", "before": None, "text": "ferry fog"},
        {"qid": "none", "kind": "words", "before": "d8", "text": "volcano"},
    ]
    queries, out = _write(tmp_path / "queries.jsonl", asked), tmp_path / "run.jsonl"

    run(related, f"--docs={docs}", f"--queries={queries}", f"--out={out}")

    answers = {row["qid"]: row for row in _read(out)}
    assert answers.keys() == {"a", "w", "all", "none"}
    assert answers["none"] == {"qid": "none", "ranked": [], "shown": 0}
    ranked = [*map(str, answers["a"]["ranked"]), *map(str, answers["w"]["ranked"])]
    assert ranked
    assert all(int(name[1:]) < 8 for name in ranked)
    assert len(answers["all"]["ranked"]) > len(answers["w"]["ranked"])


def test_what_is_related_to_a_saved_page_is_printed_with_why(
    docs: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    run(related, f"--docs={docs}", f"--real={ARTICLE}")

    shown, by_words = capsys.readouterr().out.split(f"related to {TITLE!r}, ")[1:]
    assert shown.startswith("as shown:\n  ")
    assert shown.count("; named)\n") == len(shown.splitlines()) - 1 == 5
    assert by_words.startswith("by its words alone:\n")
    assert "; named)" not in by_words


def test_arrivals_are_put_into_stories_one_after_the_other(
    docs: Path, tmp_path: Path, run: Run
) -> None:
    lines = _read(docs)
    again = {**lines[0], "id": "again"}
    arrivals, out = _write(tmp_path / "a.jsonl", [*lines[:1], again, *lines[1:]]), tmp_path / "s"

    run(stories, f"--arrivals={arrivals}", f"--out={out}")

    arranged = {row["id"]: row["story"] for row in _read(out)}
    assert list(arranged)[:2] == ["d0", "again"]
    assert arranged["again"] == arranged["d0"] == "d0"
    assert len(set(arranged.values())) == len(SET)


@pytest.mark.mostly_one_database
async def test_what_related_articles_cost_is_compared_with_what_was_asked(
    database_address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = database_address.partition(":")[0]
    await related_cost.measure_one(database_address, kind, count=120, rounds=4)

    printed = capsys.readouterr().out
    for name in ("to an article", "to words", "adding one"):
        assert f"related {kind} 120 articles, {name}: p50 " in printed
    assert "(at most 5)" in printed


@pytest.mark.parametrize(
    ("took", "adding", "count", "held"),
    [
        (5.0, 10.0, 10_000, True),
        (5.1, 10.0, 10_000, False),
        (20.0, 10.0, 100_000, True),
        (20.1, 10.0, 100_000, False),
        (5.0, 10.1, 10_000, False),
    ],
)
def test_every_bound_of_related_articles_has_to_be_held(
    took: float, adding: float, count: int, *, held: bool
) -> None:
    measured = Measured([took] * 3, [took] * 3, [adding] * 3)

    assert measured.report("sqlite", count) is held
