"""What several messages share: an article on a line, tags in a sentence, the way back."""

from collections.abc import Collection, Sequence

from core import text
from core.articles import Article
from core.messages import Button, Buttons, Fact, Line, Message, Note, Part, Story, Text, WordsButton
from core.subscriptions import Following

WITHDRAWN = "Withdrawn by the source"

LONGEST_BUTTON_WORDS = 84  # a platform keeps 100 characters with a button, and 16 are the seal
IN_A_ROW = 5
"""How many buttons a row holds at most."""
_MOST_OUTLETS = 4
_FLAMES = 5
_HOTTEST = 100


def line(article: Article) -> Line:
    """Return `article` as one line of a list; one that was withdrawn leads nowhere any more."""
    if article.retracted:
        return Line(title(article.title), None, (WITHDRAWN,), struck=True)
    names = outlets(article.also)
    also = f"also {names}" if names else ""
    facts = present(article.source_domain, heat(article.heat), article.published_at, also)
    return Line(title(article.title), article.url, facts)


def short_line(article: Article) -> Line:
    """Return `article` as one line of a long list."""
    source = text.clip(article.source_domain, 40)
    return Line(short(article.title), article.url, present(source))


def outlets(domains: Sequence[str]) -> str:
    """Return these outlets in a sentence, of many the last ones only counted; "" for none."""
    named = [text.clip(domain, 40) for domain in domains[:_MOST_OUTLETS]]
    more = len(domains) - len(named)
    return text.in_a_sentence([*named, f"{more} more"] if more else named)


def withdrawn(article: Article) -> Story:
    """Return what is left to tell of an article that its source withdrew."""
    facts = present(article.source_domain, article.published_at)
    return Story(title(article.title), WITHDRAWN, facts, struck=True)


def title(told: str) -> str:
    """Return the title without addresses: only our own links lead anywhere."""
    return text.without_urls(told) or told


def short(told: str) -> str:
    """Return the title, short enough to stand in a sentence."""
    return text.clip(title(told), 80)


def present(*facts: Fact | None) -> tuple[Fact, ...]:
    """Return those facts that are known."""
    return tuple(fact for fact in facts if fact)


def to_stop(verb: str, names: Collection[str]) -> Note:
    """Return the note that says what to type to stop."""
    return Note((f"To stop, type {' '.join((verb, *names))}",))


def stories(many: int) -> str:
    """Return how many stories: 1 story, 2 stories."""
    return f"{many} {'story' if many == 1 else 'stories'}"


def nothing_changed(why: str, rest: str) -> Message:
    """Return the answer to a repeat: why nothing changed, and what holds."""
    return Message((Text(f"{why} Nothing was changed."), Text(rest)))


def paused(why: str, has: Following, again: str) -> tuple[Part, ...]:
    """Return why nothing is posted, since when, and what to do; `again` is typed to resume."""
    since = (Note(("Paused", has.paused_at)),) if has.paused_at else ()
    if has.opens_by_itself:
        return (Text(why), *since, Text("It goes on by itself when that is over."))
    return (Text(why), *since, Text(f"When that is mended, type {again}"))


def row(*buttons: Button) -> Buttons:
    """Return these buttons in a row."""
    return Buttons(buttons)


def numbered(articles: Sequence[Article], verb: str) -> list[Buttons]:
    """Return rows of buttons with numbers, which do `verb` to these articles in their order."""
    buttons = [WordsButton(f"{n}", f"{verb} article:{it.id}") for n, it in enumerate(articles, 1)]
    return [row(*buttons[at : at + IN_A_ROW]) for at in range(0, len(buttons), IN_A_ROW)]


def heat(degrees: int | None) -> str:
    """Return the heat out of 100 with its flames, or nothing if it is not known."""
    if degrees is None:
        return ""
    flames = -(-degrees * _FLAMES // _HOTTEST)  # rounded up: any heat at all shows a flame
    return f"{'🔥' * flames} {degrees}/{_HOTTEST}".strip()
