"""How the words of a message share the characters that Discord allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from bots.discord.markdown import fitted
from core.messages import isolated

MOST = 4000
"""Characters that all texts of a message may have together, markup included."""
_LEAST = 24  # a text that would be shorter than this says nothing: its row is left out


class Rank(IntEnum):
    """How important a row is. The lowest rank is cut first, in each rank the last row first."""

    LINE = 1
    """One of several articles, and the name of such a list."""
    POINT = 2
    """A point of a list, and the list's name."""
    TEXT = 3
    """A paragraph, and a story's text."""
    FACTS = 4
    """A small line of facts."""
    TITLE = 5
    """A heading, a story's title, an address that stands in for a button."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a text: untrusted `text` between markup of our own, in at most `most` characters.

    Without text (None) it is markup alone, which is never cut but left out as a whole.
    """

    rank: Rank
    text: str | None
    most: int = MOST
    before: str = ""
    after: str = ""

    def drawn(self, most: int = MOST) -> str:
        """Return the markdown in at most `most` characters, empty if nothing can be said."""
        room = most - len(self.before) - len(self.after)
        if self.text is None:
            return self.before if room >= 0 else ""
        around = len(isolated(self.text)) - len(self.text)
        words = fitted(self.text, min(room - around, self.most)) if room > around else ""
        return f"{self.before}{isolated(words)}{self.after}" if words else ""

    def shortened(self, most: int) -> str:
        """Return the markdown cut to `most` characters, empty if too little would be left."""
        room = most - len(self.before) - len(self.after)
        return self.drawn(most) if self.text and room >= _LEAST else ""


def shared(rows: Sequence[Row]) -> list[str]:
    """Return the markdown of each row, empty where it is left out, together in `MOST`."""
    drawn = [row.drawn() for row in rows]
    # Each row also costs the line break after it.
    over = sum(len(text) + 1 for text in drawn) - MOST
    for at in sorted(range(len(rows)), key=lambda at: (rows[at].rank, -at)):
        if over <= 0:
            break
        shorter = rows[at].shortened(len(drawn[at]) - over)
        over -= len(drawn[at]) - len(shorter)
        drawn[at] = shorter
    return drawn
