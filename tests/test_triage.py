"""What becomes of new articles: posted, caught up on, or only stored."""

from datetime import datetime, timedelta

import pytest

from core.sources import Draft
from core.triage import looks_renamed, triage
from tests.conftest import NOW

LONG_AGO = NOW - timedelta(days=400)


def draft(name: str, published_at: datetime | None) -> Draft:
    return Draft(name, f"https://news.example/{name}", published_at=published_at)


def drafts(most: int) -> list[Draft]:
    return [draft(str(n), NOW - timedelta(minutes=n)) for n in range(most)]


def names(found: tuple[Draft, ...]) -> list[str]:
    return [d.title for d in found]


def test_up_to_five_are_posted_oldest_first() -> None:
    found = triage(drafts(5), since=LONG_AGO, now=NOW)

    assert names(found.posted) == ["4", "3", "2", "1", "0"]
    assert found.caught_up == found.stored == ()


def test_of_more_the_newest_five_are_posted_and_the_others_caught_up_on() -> None:
    found = triage(drafts(8), since=LONG_AGO, now=NOW)

    assert names(found.caught_up) == ["7", "6", "5"]
    assert names(found.posted) == ["4", "3", "2", "1", "0"]


def test_what_is_older_than_the_limit_is_only_stored() -> None:
    old, new = draft("old", NOW - timedelta(seconds=1)), draft("new", NOW)

    found = triage([new, old], since=NOW, now=NOW)

    assert (names(found.stored), names(found.posted)) == (["old"], ["new"])


def test_what_has_no_date_is_news_and_older_than_the_rest() -> None:
    found = triage([draft("dated", NOW), draft("bare", None)], since=NOW, now=NOW)

    assert names(found.posted) == ["bare", "dated"]


def test_a_date_in_the_future_counts_as_now() -> None:
    far = draft("far", NOW + timedelta(days=400))

    found = triage([far, draft("now", NOW)], since=LONG_AGO, now=NOW)

    assert names(found.posted) == ["far", "now"]


@pytest.mark.parametrize(
    ("new", "listed", "renamed"), [(6, 10, True), (5, 10, False), (9, 9, False), (30, 50, True)]
)
def test_a_source_that_is_mostly_new_may_have_changed_its_ids(
    new: int, listed: int, *, renamed: bool
) -> None:
    assert looks_renamed(drafts(new), listed) is renamed
