"""Rules: the topics that an address follows, and the terms on which their articles come."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from itertools import combinations
from typing import Any, Literal, get_args

from core.config import Style
from core.localtime import Quiet, Rhythm
from core.sources import Draft

EVERYTHING = "*"
"""The topic that every article has."""
MOST_TOGETHER = 3
"""How many tags one topic may join. An article of twenty tags has 1,351 topics then."""

Mood = Literal["positive", "mixed", "neutral", "negative"]
MOODS: tuple[Mood, ...] = get_args(Mood)
Concerns = Literal["", "some", "none"]
"""Whether an article's community has concerns; "" says nothing of it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Which articles of a topic come, and how. Without any, all of them, as the operator chose."""

    heat: int = 0
    """The least heat out of 100; 0 takes also what has none."""
    moods: tuple[Mood, ...] = ()
    """How the community feels, one of these; empty takes also what is not known."""
    concerns: Concerns = ""
    without: tuple[str, ...] = ()
    """Tags and domains of sources that are left out, in the order of the alphabet."""
    style: Style | Literal[""] = ""
    mention: str = ""
    """The platform's id of the role or group that their posts mention; "" for none."""
    rhythm: Rhythm | None = None
    """When they come in digests; None is at once."""
    quiet: Quiet | None = None
    """When nothing comes, and what would is held until the end."""
    most_a_day: int = 0
    """How many come at once on a local day, and the rest in a digest; 0 is all."""
    minutes: int = 0
    """How many minutes of reading a digest brings; 0 is any."""
    threads: bool = True
    """Later coverage of a story is told in the thread of its post, and not only in the post."""
    related: bool = False
    """Related stories stand in the thread of each post."""
    paused_until: datetime | None = None
    """Until then nothing comes, and what would is held."""

    @property
    def is_scheduled(self) -> bool:
        """Say whether the local time decides when articles come."""
        return bool(self.rhythm or self.quiet or self.most_a_day or self.paused_until)


NO_TERMS = Terms()

Rules = Mapping[str, Terms]
"""What an address follows: each topic with its terms."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What somebody wants changed in terms."""

    terms: Mapping[str, Any] = field(default_factory=dict)
    """The new values of those fields of `Terms` that change."""
    left_out: tuple[str, ...] = ()
    """What is left out as well."""

    def __bool__(self) -> bool:
        """Say whether anything is to change."""
        return bool(self.terms or self.left_out)


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an article decides whether it comes."""

    tags: tuple[str, ...]
    heat: int
    """Out of 100; 0 if it is not known."""
    mood: Mood | None
    has_concerns: bool
    domains: tuple[str, ...]
    """Its source's domain, and those above it."""


def facts(draft: Draft) -> Facts:
    """Return what of this article decides whether it comes."""
    mood = mood_in(draft.sentiment)
    domains = domains_of(draft.source_domain)
    return Facts(draft.tags, draft.heat or 0, mood, bool(draft.concerns), domains)


def mood_in(sentiment: str) -> Mood | None:
    """Return the first of the moods that stands in these words."""
    said = sentiment.lower()
    return next((mood for mood in MOODS if mood in said), None)


def domains_of(domain: str) -> tuple[str, ...]:
    """Return `domain` and those above it but for the last: blog.example.com, example.com."""
    names = domain.lower().removeprefix("www.").split(".")
    return tuple(".".join(names[start:]) for start in range(len(names) - 1))


def topic(tags: Iterable[str]) -> str:
    """Return the topic of the articles that have all these tags."""
    return "+".join(sorted(set(tags)))


def tags_of(topic: str) -> tuple[str, ...]:
    """Return the tags that an article of this topic has; none for everything."""
    return () if topic == EVERYTHING else tuple(topic.split("+"))


def topics_of(tags: Collection[str]) -> list[str]:
    """Return every topic of an article with these tags."""
    once = sorted(set(tags))
    together = (combinations(once, many) for many in range(1, MOST_TOGETHER + 1))
    return [EVERYTHING, *("+".join(some) for many in together for some in many)]


def allows(terms: Terms, article: Facts) -> bool:
    """Say whether an article of the topic comes on these terms. What is left out always wins.

    `queueing.enqueue` asks the database the same.
    """
    return (
        article.heat >= terms.heat
        and (not terms.moods or article.mood in terms.moods)
        and (not terms.concerns or article.has_concerns == (terms.concerns == "some"))
        and not {*article.tags, *article.domains} & set(terms.without)
    )


def bringing(rules: Rules, article: Facts) -> list[str]:
    """Return the topics by which an article comes by these rules."""
    topics = (topic for topic in topics_of(article.tags) if topic in rules)
    return [topic for topic in topics if allows(rules[topic], article)]


def merged(rules: Rules, topics: Sequence[str], changes: Changes) -> dict[str, Terms]:
    """Return `rules` with these topics too, and with the changes to them; to all, if none is named.

    A new topic comes in the way in which all others do, if they agree.
    """
    if not topics and not rules:
        topics = (EVERYTHING,)
    new = _common_ways(rules)
    named = topics or tuple(rules)
    return {**rules, **{name: changed(rules.get(name, new), changes) for name in named}}


def changed(terms: Terms, changes: Changes) -> Terms:
    """Return `terms` with these changes."""
    after = replace(terms, **changes.terms)
    return replace(after, without=tuple(sorted({*after.without, *changes.left_out})))


def difference(before: Terms, after: Terms) -> Changes:
    """Return the changes that make `after` of `before`."""
    names = (it.name for it in fields(Terms))
    return Changes(
        {it: getattr(after, it) for it in names if getattr(after, it) != getattr(before, it)}
    )


def grouped(rules: Rules) -> dict[Terms, tuple[str, ...]]:
    """Return the topics of each terms, both in the order of the alphabet of their topics."""
    groups: dict[Terms, tuple[str, ...]] = {}
    for name in sorted(rules):
        groups[rules[name]] = (*groups.get(rules[name], ()), name)
    return groups


_WAYS = ("style", "rhythm", "quiet", "most_a_day", "minutes", "threads", "related")
"""The fields of `Terms` that say how articles come, and not which."""


def _common_ways(rules: Rules) -> Terms:
    """Return terms with the ways of all these rules, if they agree."""
    ways = {tuple(getattr(terms, name) for name in _WAYS) for terms in rules.values()}
    return Terms(**dict(zip(_WAYS, ways.pop(), strict=True))) if len(ways) == 1 else NO_TERMS
