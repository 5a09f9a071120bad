"""The words by which articles are likened: stemmed, and weighed by where they stand."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from Stemmer import Stemmer

from core.text import as_tag

Keywords = Mapping[str, int]
"""The weights of an article's words. A tag stands in it as its words and, after #, as a whole."""

_IN_TITLE = 4
"""As often as this a word of the title counts."""
_WHOLE_TAG = 2
_SATURATION = 3.0
"""How quickly saying a word again stops to count: this often is half of all that it can count."""
_LENGTH_COUNTS = 0.4
_USUAL_LENGTH = 120
"""What the words of an article with a summary and four takeaways add up to."""
_MOST = 200
"""How many words of one article count; only a text in a script without spaces has more."""
_LONGEST = 50
_AS_IF_MORE = 30
"""So many articles are counted that are not there: what is rare among a few may be so by chance."""
_FINE = 100
"""Weights and rarities are whole numbers of hundredths: sums are then exact in any order."""

_MARKS = "".join(c for c in map(chr, range(0x300, 0x1B00)) if unicodedata.category(c)[0] == "M")
_LETTER = rf"(?:[^\W_]|[{_MARKS}])"
_WORD = re.compile(rf"{_LETTER}+(?:['.]{_LETTER}+)*")
_PLAIN_WORD = re.compile(r"[a-z0-9]+(?:['.][a-z0-9]+)+|[a-z0-9]{2,}")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
# Thai and Lao, Burmese, Khmer, kana, Han, Hangul: no spaces there, or not between all words.
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+)"
)
_SAY_NOTHING = frozenset(
    re.findall(
        r"\w+",
        "a about after all also an and are as at be been but by can could did do does for from had"
        " has have he her his how i if in into is it its just may more most new no not now of on or"
        " our over said say says she so some such than that the their them then there these they"
        " this to up us was we were what when which while who why will with would you your",
    )
)
_stemmer = Stemmer("english")


def weighed(title: str, told: Iterable[str], tags: Iterable[str]) -> dict[str, int]:
    """Return the words of an article with their weights: of its title, what it tells, its tags."""
    tags = tuple(tags)
    texts = (*told, *tags)
    # Each on a line, as no word goes on there: to look at all at once takes half as long.
    counts = Counter(words("\n".join(text for text in texts if text.isascii())))
    for text in texts:
        counts.update(() if text.isascii() else words(text))
    for word in words(title):
        counts[word] += _IN_TITLE
    for tag in tags:
        counts[f"#{tag[:_LONGEST]}"] += _WHOLE_TAG
    length = counts.total() / _USUAL_LENGTH
    halfway = _SATURATION * (1 - _LENGTH_COUNTS + _LENGTH_COUNTS * length)
    full = _FINE * (_SATURATION + 1)
    weights = {count: round(full * count / (count + halfway)) for count in {*counts.values()}}
    heaviest = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))[:_MOST]
    return {word: weights[count] for word, count in heaviest}


def without_tags(keywords: Keywords) -> dict[str, int]:
    """Return them without whole tags: those say what a text is of, and not what it tells."""
    return {word: weight for word, weight in keywords.items() if not word.startswith("#")}


def words(text: str) -> list[str]:
    """Return the words of `text` that say something, each in the one form of all its forms.

    Where a script has no spaces, each two letters that stand together count as a word.
    """
    if text.isascii():
        found = _PLAIN_WORD.findall(text.lower())
    else:
        plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'").casefold()
        found = [part for word in _WORD.findall(plain) for part in _parts(word)]
    found = [_without_dots(word) if "." in word else word for word in found]
    telling = [word[:_LONGEST] for word in found if word not in _SAY_NOTHING]
    return list(_stemmer.stemWords(telling))


def typed(text: str) -> list[str]:
    """Return the words that a person typed, each once, and the tags that stand there after #."""
    tags = (f"#{as_tag(word)[:_LONGEST]}" for word in text.split() if word.startswith("#"))
    return list(dict.fromkeys([*words(text), *(tag for tag in tags if tag != "#")]))


def rarities(counts: Mapping[str, int], of: int) -> dict[str, int]:
    """Return how much it tells to share each of these words, which so many articles `of` have."""
    all_of_them = of + _AS_IF_MORE
    return {
        word: max(1, round(_FINE * math.log(all_of_them / (articles + 0.5))))
        for word, articles in counts.items()
    }


def shared(ours: Keywords, theirs: Keywords, rarities: Keywords) -> int:
    """Return how much the two share, by words that are in `rarities`."""
    few, many = sorted((ours, theirs), key=len)
    common = (word for word in few if word in many and word in rarities)
    return sum(few[word] * many[word] * rarities[word] for word in common)


def likeness(ours: Keywords, theirs: Keywords, rarities: Keywords) -> float:
    """Return how alike the two are, from 0 to 1: the same whichever of them is asked."""
    both = shared(ours, ours, rarities) * shared(theirs, theirs, rarities)
    return shared(ours, theirs, rarities) / math.sqrt(both) if both else 0.0


def _without_dots(word: str) -> str:
    """Return a.i as ai; all else as it is."""
    return word.replace(".", "") if _INITIALS.fullmatch(word) else word


def _parts(word: str) -> Iterator[str]:
    for part in _UNSPACED.split(word):
        if _UNSPACED.fullmatch(part):
            yield from (a + b for a, b in pairwise(part)) if len(part) > 1 else part
        elif len(spaced := part.strip("'.")) > 1:
            yield spaced
