"""Tags that a page shows without a gap, taken apart with the known ones."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from core.text import as_tag

_BETWEEN_WORDS = re.compile(r"[\s#,;|·•]+")
_LONGEST_WORD = 300
_LONGEST_TAG = 50
_SURE = 4  # letters; beside unknown ones a shorter tag is chance: "ai" begins "airbus"
_SHORTEST_LEFTOVER = 2


@dataclass(frozen=True, slots=True)
class Split:
    """The known tags in some text, in its order, and the pieces that are none."""

    tags: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cover:
    """One reading of a word's rest: the first piece, what follows, and its worth.

    Worth is compared in order: fewest unknown letters, fewest tags, longest tags.
    """

    piece: str = ""
    known: bool = False
    rest: "_Cover | None" = None
    worth: tuple[int, int, int] = (0, 0, 0)

    def after(self, piece: str, *, known: bool) -> "_Cover":
        letters, tags, squares = self.worth
        size = len(piece)
        worth = (letters, tags - 1, squares + size**2) if known else (letters - size, tags, squares)
        return _Cover(piece, known, self, worth)

    def pieces(self) -> "Iterator[_Cover]":
        cover: _Cover | None = self
        while cover is not None and cover.piece:
            yield cover
            cover = cover.rest


def split(text: str, known: Collection[str]) -> Split:
    """Return the tags of `known` that cover `text`, which may stand glued together.

    A full cover comes first, then the most letters, then the fewest tags, then the longest.
    No tag outside `known` is ever returned.
    """
    words = (as_tag(word, _LONGEST_WORD) for word in _BETWEEN_WORDS.split(text))
    pieces = [piece for word in words if word for piece in _best(word, known).pieces()]
    return Split(
        tuple(dict.fromkeys(p.piece for p in pieces if p.known)),
        tuple(dict.fromkeys(p.piece for p in pieces if not p.known)),
    )


def _best(word: str, known: Collection[str]) -> _Cover:
    """Return the best reading of `word`, found from its end to its start."""
    size = len(word)
    tag_first: list[_Cover | None] = [None] * size + [_Cover()]
    sure_first = list(tag_first)  # the same, but the first tag is long enough to follow a leftover
    other_first: list[_Cover | None] = [None] * (size + 1)
    for start in reversed(_seams(word)):
        ways = list(_tags_at(word, start, known, (tag_first, other_first)))
        tag_first[start] = _worthiest(ways)
        sure_first[start] = _worthiest([way for way in ways if len(way.piece) >= _SURE])
        other_first[start] = _worthiest(list(_leftovers_at(word, start, sure_first)))
    return _worthiest([way for way in (tag_first[0], other_first[0]) if way]) or _other(word)


def _seams(word: str) -> list[int]:
    # A tag neither begins nor ends with a hyphen, so none begins or ends beside one.
    return [at for at, char in enumerate(word) if char != "-" and (at == 0 or word[at - 1] != "-")]


def _tags_at(
    word: str,
    start: int,
    known: Collection[str],
    follow: tuple[list[_Cover | None], list[_Cover | None]],
) -> Iterator[_Cover]:
    for end in range(start + 1, min(start + _LONGEST_TAG, len(word)) + 1):
        tag = word[start:end]
        if tag in known:
            rests = (follow[0][end], follow[1][end] if end - start >= _SURE else None)
            yield from (rest.after(tag, known=True) for rest in rests if rest)


def _leftovers_at(word: str, start: int, follow: list[_Cover | None]) -> Iterator[_Cover]:
    for end in range(start + _SHORTEST_LEFTOVER, len(word) + 1):
        rest = follow[end]
        if rest:
            yield rest.after(word[start:end], known=False)


def _worthiest(ways: list[_Cover]) -> _Cover | None:
    return max(ways, key=lambda way: way.worth, default=None)


def _other(word: str) -> _Cover:
    return _Cover().after(word, known=False)
