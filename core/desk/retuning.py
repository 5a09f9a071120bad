"""What a choice in the settings of a channel makes of its rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core import compose, grammar
from core.compose.more_settings import BESIDE, CROSSPOST, MANAGERS, PING
from core.compose.panel import MORE, Rule, listed_topics, listed_without
from core.messages import Mention, Message, Note, Part, Text
from core.rules import Rules, Terms, changed, grouped
from core.tags import Catalogue
from core.typed_time import Moment


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the settings, and of which rule."""

    verb: str = ""
    rest: tuple[str, ...] = ()
    of: str = ""
    """A topic of the rule; "" is the first one."""
    state: str = ""
    """The state of what is set when it was shown; "" if that does not matter."""
    turns: bool = False
    """It asks for the second page."""

    @property
    def is_of_more(self) -> bool:
        """Say whether it is asked on the second page, which is then shown again."""
        return self.turns or self.verb in {PING, MANAGERS, BESIDE, CROSSPOST}


@dataclass(frozen=True, slots=True)
class Retuned:
    """The rules that are wanted, and what is to be said of words that were not understood."""

    rules: Rules
    said: tuple[Part, ...] = ()


def read(words: Sequence[str]) -> Asked:
    """Return what these words ask: `of:llms as:3f2a1b tags llms meta`."""
    named = {"of": "", "as": ""}
    rest: list[str] = []
    for word in words:
        name, colon, value = word.partition(":")
        if colon and name in named:
            named[name] = value
        else:
            rest.append(word)
    verb, *more = [it for it in rest if it != MORE] or [""]
    return Asked(verb, tuple(more), named["of"].lower(), named["as"], MORE in rest)


def rule_of(rules: Rules, name: str) -> Rule:
    """Return the rule of this topic, as it is typed; the first one if there is none."""
    groups = [Rule(*group) for group in grouped(rules).items()]
    named = (it for it in groups if name in map(grammar.word_of, it.topics))
    return next(named, groups[0])


@dataclass(frozen=True, slots=True)
class Reading:
    """By what typed words are read."""

    known: Catalogue
    moment: Moment
    prefix: str

    def typed(self, words: Sequence[str], has: Rules) -> grammar.Typed:
        """Return the rule that these words are."""
        return grammar.read(words, self.known, self.moment, has, by="channel")


def retuned(asked: Asked, has: Rules, by: Reading) -> Retuned:
    """Return the rules after what is asked was done to those that there are."""
    rule = rule_of(has, asked.of)
    match asked.verb:
        case "stop":
            return Retuned({})
        case "tags":
            return _tags(asked, has, rule, by)
        case "more":
            return _more(asked, has, rule, by)
        case "without":
            listed = listed_without(rule)
            kept = [it for it in rule.terms.without if it not in listed or it in asked.rest]
            return Retuned(_on(has, rule, replace(rule.terms, without=tuple(kept))))
        case "also":
            threads, related = "threads" in asked.rest, "related" in asked.rest
            terms = replace(rule.terms, threads=threads, related=related)
            return Retuned(_on(has, rule, terms))
        case _:
            return _otherwise(asked, has, rule, by)


def words_in(message: Message) -> tuple[Part, ...]:
    """Return what a message says, without what stands below it to be pressed."""
    return tuple(part for part in message.parts if isinstance(part, Text | Note | Mention))


def _tags(asked: Asked, has: Rules, rule: Rule, by: Reading) -> Retuned:
    """Let the rule have just the chosen ones of those that its list shows."""
    typed = by.typed(asked.rest, has)
    listed = listed_topics(rule)
    unlisted = [it for it in rule.topics if it not in listed]
    others = {it: terms for it, terms in has.items() if it not in rule.topics}
    after = {**others, **dict.fromkeys([*typed.topics, *unlisted], rule.terms)}
    return Retuned(after, _unknown(typed, by.prefix))


def _more(asked: Asked, has: Rules, rule: Rule, by: Reading) -> Retuned:
    typed = by.typed(asked.rest, has)
    if typed.blunders:
        return Retuned(has, _blunders(typed, by.prefix))
    new = dict.fromkeys(typed.topics, changed(rule.terms, typed.changes))
    return Retuned({**has, **new}, _unknown(typed, by.prefix))


def _otherwise(asked: Asked, has: Rules, rule: Rule, by: Reading) -> Retuned:
    """Let the rule come on other terms: `when:daily 09:00`, `-crypto`."""
    typed = by.typed(_words_of(asked), has)
    if typed.mistakes or typed.topics:
        return Retuned(has, _blunders(typed, by.prefix))
    return Retuned(_on(has, rule, changed(rule.terms, typed.changes)))


def _words_of(asked: Asked) -> tuple[str, ...]:
    """Return what is typed elsewhere to have the same."""
    if asked.verb == PING:
        return (f"mention:{''.join(asked.rest[:1]) or 'off'}",)
    return (asked.verb, *asked.rest)


def _on(has: Rules, rule: Rule, terms: Terms) -> Rules:
    return {it: terms if it in rule.topics else those for it, those in has.items()}


def _unknown(typed: grammar.Typed, prefix: str) -> tuple[Part, ...]:
    said = compose.unknown_tags(typed.mistakes, verb="channel follow", prefix=prefix)
    return words_in(said)


def _blunders(typed: grammar.Typed, prefix: str) -> tuple[Part, ...]:
    mistakes = typed.mistakes or tuple(grammar.Mistake(it, ()) for it in typed.topics)
    said = compose.misunderstood(mistakes, (), compose.CHANNEL, prefix=prefix)
    return words_in(said)
