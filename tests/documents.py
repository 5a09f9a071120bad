"""Pages of docs/ that the code writes: `make docs` writes them all anew."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.commands_page import commands
from tests.permissions import permissions

DOCS = Path(__file__).parent.parent / "docs"

PAGES: Mapping[str, Callable[[], str]] = {
    "commands.md": commands,
    "permissions.md": permissions,
}
"""The name of each such page, and what returns its text."""


def main() -> None:
    """Write every page."""
    for name, text in PAGES.items():
        (DOCS / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
