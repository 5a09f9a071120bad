"""The page on reliability names tests that exist, and has every row of the fault matrix."""

import re

from tests.program import ROOT

PAGE = ROOT.joinpath("docs", "reliability.md").read_text(encoding="utf-8")
ROWS = {"K": 13, "N": 11, "P": 9, "M": 3, "O": 2, "D": 10, "T": 6, "R": 12}


def names_of_tests() -> set[str]:
    """Return the names of all tests."""
    files = ROOT.joinpath("tests").glob("test_*.py")
    texts = (file.read_text(encoding="utf-8") for file in files)
    return {name for text in texts for name in re.findall(r"def (test_\w+)\(", text)}


def table() -> dict[str, str]:
    """Return by which tests each row is shown and how it stands, as the page says it."""
    return dict(re.findall(r"^\| ([A-Z]\d+) \| [^|]+ \| (.+) \|$", PAGE, re.MULTILINE))


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    assert len(named) > len(table())
    assert named <= names_of_tests()


def test_every_row_of_the_matrix_is_in_the_table() -> None:
    wanted = [f"{kind}{number}" for kind, last in ROWS.items() for number in range(1, last + 1)]

    assert list(table()) == wanted


def test_a_row_names_its_own_tests_or_says_why_there_are_none() -> None:
    for row, said in table().items():
        names = re.findall(r"`(test_\w+)`", said)
        assert all(f"_{row.lower()}_" in name for name in names), row
        assert said.endswith("| shown") if names else said.startswith("none | "), row
