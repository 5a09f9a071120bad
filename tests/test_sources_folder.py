"""Saved articles on disk."""

import json
import os
from pathlib import Path
from shutil import copy

import pytest

from core.sources import Marks, Memory, Reading, SourceError
from core.sources.folder import Folder
from tests.feeds import read_here

SAVED = Path(__file__).parent / "data" / "articles"
SANDBOX = Path(__file__).parent.parent / "bots" / "sandbox" / "articles"
REAL = "meta-pauses-ai-training-program.txt"
TAGS = ("meta", "ai-training", "data-privacy", "employee-monitoring")

HERE = pytest.mark.usefixtures("here")
"""What is read is read in this process: starting another takes longer than the rest."""


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.sources.folder.read_apart", read_here)


async def none_is_known(_: object) -> frozenset[str]:
    return frozenset()


async def read(folder: Folder, marks: Marks | None = None) -> Reading:
    return await folder.fetch(Memory(none_is_known, frozenset(TAGS), marks or Marks()))


def save(folder: Path, name: str, **fields: object) -> None:
    (folder / name).write_text(json.dumps(fields))


@HERE
async def test_a_folder_is_read_oldest_first_then_by_name(tmp_path: Path) -> None:
    save(tmp_path, "b.json", title="B", date_published="2026-06-22")
    save(tmp_path, "a.json", title="A", date_published="2026-06-22")
    save(tmp_path, "c.json", title="C", date_published="2026-06-21T23:00:00Z")
    copy(SAVED / "markup" / "soup.html", tmp_path / "d.htm")
    copy(SAVED / REAL, tmp_path / "e.TXT")

    reading = await read(Folder("saved", tmp_path))

    assert [draft.title[:5] for draft in reading.drafts] == ["C", "A", "B", "Meta ", "Meta "]
    assert reading.problems == ()


@HERE
async def test_a_page_without_an_address_stands_at_its_files_name(tmp_path: Path) -> None:
    save(tmp_path, "a model.json", title="A")
    save(tmp_path, "b.json", title="B", url="https://news.example/b")

    for address in ("https://themata.ai/news/", "https://themata.ai/news"):
        reading = await read(Folder("saved", tmp_path, address))

        assert [draft.url for draft in reading.drafts] == [
            "https://themata.ai/news/a%20model",
            "https://news.example/b",
        ]


@HERE
async def test_one_file_is_a_source_too() -> None:
    folder = Folder("real", SAVED / REAL)

    reading = await read(folder)

    (draft,) = reading.drafts
    assert draft.url == "https://themata.ai/news/meta-pauses-ai-training-program"
    assert draft.tags == TAGS
    assert reading.problems == ()


async def test_the_sandbox_holds_the_real_article_and_those_it_names() -> None:
    reading = await read(Folder("sandbox", SANDBOX))

    real = reading.drafts[-1]
    others = {(draft.title, draft.dek, draft.published_at) for draft in reading.drafts[:-1]}
    assert real.heat == 51
    assert others == {(story.title, story.dek, story.published_at) for story in real.related}


@HERE
async def test_an_unchanged_folder_is_not_read_again(tmp_path: Path) -> None:
    save(tmp_path, "a.json", title="A")
    first = await read(Folder("saved", tmp_path))

    second = await read(Folder("saved", tmp_path), first.marks)

    assert second == Reading(marks=first.marks, unchanged=True)


@HERE
@pytest.mark.parametrize("change", ["more", "less", "other", "later", "renamed"])
async def test_a_changed_folder_is_read_again(tmp_path: Path, change: str) -> None:
    save(tmp_path, "a.json", title="A")
    save(tmp_path, "b.json", title="B")
    first = await read(Folder("saved", tmp_path))

    match change:
        case "more":
            save(tmp_path, "c.json", title="C")
        case "less":
            (tmp_path / "b.json").unlink()
        case "other":
            save(tmp_path, "b.json", title="Another")
        case "later":
            os.utime(tmp_path / "b.json", (1, 1))
        case _:
            (tmp_path / "b.json").rename(tmp_path / "c.json")
    second = await read(Folder("saved", tmp_path), first.marks)

    assert not second.unchanged
    assert second.marks != first.marks


async def test_a_broken_file_is_named_and_looked_at_again(tmp_path: Path) -> None:
    save(tmp_path, "a.json", title="A")
    (tmp_path / "b.json").write_text("{")
    (tmp_path / "c.txt").write_text("Just some words")
    (tmp_path / "d.html").write_bytes(b"x" * 2_000_001)

    reading = await read(Folder("saved", tmp_path))

    assert [draft.title for draft in reading.drafts] == ["A"]
    assert [problem.split(":")[0] for problem in reading.problems] == [
        str(tmp_path / name) for name in ("b.json", "c.txt", "d.html")
    ]
    assert reading.marks == Marks()


@HERE
async def test_other_files_are_passed_over(tmp_path: Path) -> None:
    save(tmp_path, "a.json", title="A")
    save(tmp_path, ".hidden.json", title="Hidden")
    (tmp_path / "notes.md").write_text("Notes")
    (tmp_path / "b.json").mkdir()

    reading = await read(Folder("saved", tmp_path))

    assert [draft.title for draft in reading.drafts] == ["A"]
    assert reading.problems == ()


@HERE
async def test_tags_of_one_article_help_to_take_those_of_another_apart(tmp_path: Path) -> None:
    save(tmp_path, "a.json", title="A", tags=["Robotics"])
    (tmp_path / "b.txt").write_text("metaroboticsunknown\n\nB\n\nSummary\n\nIt is small.")

    reading = await read(Folder("saved", tmp_path))

    assert reading.drafts[1].tags == ("meta", "robotics")
    (problem,) = reading.problems
    assert "https://themata.ai/news/b" in problem
    assert problem.endswith("unknown")
    assert reading.marks != Marks()


@HERE
async def test_a_folder_without_a_readable_article_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no article"):
        await read(Folder("saved", tmp_path))

    (tmp_path / "b.json").write_text("{")
    with pytest.raises(SourceError, match=r"holds no article that can be read: .*b\.json"):
        await read(Folder("saved", tmp_path))


async def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="gone cannot be read: No such file or directory"):
        await read(Folder("saved", tmp_path / "gone"))
