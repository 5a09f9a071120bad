"""The pages that the code writes say what the code does."""

import pytest

from tests.documents import DOCS, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_the_code_writes_is_not_stale(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")

    assert written == PAGES[name](), "run: make docs"
