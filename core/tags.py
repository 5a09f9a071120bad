"""The tags one can follow: their one form, their aliases, and the nearest to what was typed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from rapidfuzz import process
from rapidfuzz.distance import Indel

from core.text import as_tag

normal = as_tag
"""Returns the one form of the tag that a text names, "" if nothing is left of it."""

_ALIKE = 0.6
"""How alike two words must be, from 0 to 1, for one to be meant by the other."""
_LONG_ENOUGH = 2  # letters; one alone is like everything


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The tags there are. Make one with `catalogue`."""

    tags: tuple[str, ...]
    """All of them, in order of the alphabet."""
    forms: Mapping[str, str]
    """What may be typed for a tag, aliases and the tag itself, and the tag that it means."""

    def find(self, typed: str) -> str | None:
        """Return the tag that `typed` names, by its own name or an alias, or nothing."""
        return self.forms.get(normal(typed))

    def nearest(self, typed: str, most: int = 3) -> tuple[str, ...]:
        """Return the tags that `typed` may have meant, the likeliest first, perhaps none."""
        key = normal(typed)
        return self._first(most, self._beginning(key), self._alike(key)) if key else ()

    def suggest(self, typed: str, most: int = 25) -> tuple[str, ...]:
        """Return the tags to offer while `typed` is being typed, those it begins first."""
        key = normal(typed)
        if not key:
            return self.tags[:most]
        return self._first(most, self._beginning(key), self._holding(key), self._alike(key))

    def _first(self, most: int, *ways: Iterator[str]) -> tuple[str, ...]:
        """Return the first tags that the forms in `ways` mean, each once."""
        tags = (self.forms[form] for way in ways for form in way)
        return tuple(islice(_each_once(tags), most))

    def _beginning(self, key: str) -> Iterator[str]:
        found = (form for form in self.forms if form.startswith(key))
        yield from sorted(found, key=lambda form: (len(form), form))

    def _holding(self, key: str) -> Iterator[str]:
        found = ((form.find(key), form) for form in self.forms if key in form)
        yield from (form for _, form in sorted(found))

    def _alike(self, key: str) -> Iterator[str]:
        if len(key) < _LONG_ENOUGH:
            return
        alike = process.extract(
            key,
            list(self.forms),
            scorer=Indel.normalized_similarity,
            score_cutoff=_ALIKE,
            limit=None,
        )
        yield from (form for form, _, _ in sorted(alike, key=lambda it: (-it[1], it[0])))


def catalogue(configured: Mapping[str, Iterable[str]], taught: Iterable[str] = ()) -> Catalogue:
    """Return the catalogue of the configured tags with their aliases and those articles taught.

    A tag's own name comes before an alias of another; a taught tag that is an alias adds nothing.
    """
    own = {tag: tag for name in configured if (tag := normal(name))}
    aliases = {normal(alias): normal(name) for name in configured for alias in configured[name]}
    known = {**aliases, **own}
    learnt = {tag: tag for name in taught if (tag := normal(name)) not in known}
    forms = {form: tag for form, tag in {**learnt, **known}.items() if form and tag}
    return Catalogue(tuple(sorted(set(forms.values()))), forms)


def _each_once(tags: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for tag in tags:
        if tag not in seen:
            seen.add(tag)
            yield tag
