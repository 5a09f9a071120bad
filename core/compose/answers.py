"""Answers to members, and to everyone when something went wrong."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from core import text
from core.articles import Article
from core.commands import Unclear, parse
from core.compose.phrases import (
    line,
    present,
    row,
    short,
    title,
)
from core.compose.refusals import Id, refused
from core.grammar import Mistake
from core.messages import Heading, Line, Lines, Message, Note, Part, Points, Text, WordsButton
from core.related import RelatedStory, Why
from core.seals import Foreign, Older

_MOST_TAGS_SHOWN = 60
_MOST_UNKNOWN = 3
_LONGEST_NAME = 30


def tags(counts: Mapping[str, int], *, prefix: str) -> Message:
    """Return the tags one can follow, with how many articles carry each, most first."""
    by_use = sorted(counts, key=lambda tag: (-counts[tag], tag))
    shown = [f"#{tag} {counts[tag]}" if counts[tag] else f"#{tag}" for tag in by_use]
    said: list[Part] = [
        Heading("Tags you can follow"),
        Text(", ".join(shown[:_MOST_TAGS_SHOWN])),
    ]
    if len(shown) > _MOST_TAGS_SHOWN:
        said.append(Note((f"{len(shown) - _MOST_TAGS_SHOWN} more are used less",)))
    said.append(Note((f"The number says how many articles carry it. Type {prefix}subscribe llms",)))
    return Message(tuple(said))


def tag_label(tag: str, articles: int) -> str:
    """Return the line under which a tag is offered while one is typed."""
    many = f"{articles} article{'' if articles == 1 else 's'}"
    return f"{tag} ({many})" if articles else tag


def unknown_tags(mistakes: Sequence[Mistake], *, verb: str, prefix: str) -> Message:
    """Return what to say of tags that do not exist. `verb` is the command that was typed."""
    said = (_unknown_tag(it.word, it.nearest, verb, prefix) for it in mistakes[:_MOST_UNKNOWN])
    return Message(tuple(part for parts in said for part in parts))


def _unknown_tag(typed: str, near: Sequence[str], verb: str, prefix: str) -> tuple[Part, ...]:
    said = text.clip(text.clean(typed), 60)
    if not near:
        return (
            Text(f"There is no tag called “{said}”."),
            Note((f"To see them all, type {prefix}tags",)),
        )
    do = "Show" if verb in {"latest", "trending"} else "Follow"
    buttons = (WordsButton(f"{do} #{tag}", f"{verb} {tag}") for tag in near)
    question = text.in_a_sentence([f"#{tag}" for tag in near], "or")
    return (
        Text(f"There is no tag called “{said}”. Did you mean {question}?"),
        row(*buttons),
    )


def no_tag(verb: str, *, prefix: str) -> Message:
    """Return the answer to a command that lacks its tags."""
    return Message(
        (
            Text("Which tag? Name one or more."),
            Note((f"For example: {prefix}{verb} llms openai",)),
            Note((f"To see them all, type {prefix}tags",)),
        )
    )


def latest(articles: Sequence[Article], tag: str, *, prefix: str) -> Message:
    """Return the newest articles, of `tag` if one is given."""
    about = f" about #{tag}" if tag else ""
    if not articles:
        return Message(
            (
                Text(f"There are no articles{about} yet."),
                Note((f"To hear of the first, type {prefix}subscribe {tag or 'llms'}",)),
            )
        )
    lines = tuple(line(article) for article in articles)
    return Message((Lines(lines, f"Latest articles{about}"),))


def related(stories: Sequence[RelatedStory], to: str, *, share: str = "", why: str = "") -> Message:
    """Return the stories that are related to `to`; the words `share` show them to everyone.

    The words `why` ask why `to` was posted.
    """
    listed = Lines(tuple(map(related_line, stories)), f"Related to “{short(to)}”")
    offered = {"Share in channel": share, "Show why": why}
    buttons = [WordsButton(label, words) for label, words in offered.items() if words]
    return Message((listed, *([row(*buttons)] if buttons else [])))


def related_line(story: RelatedStory) -> Line:
    """Return a related story on a line, with why it is related."""
    facts = present(story.published_at, _why(story.why))
    return Line(title(story.title), story.url or None, facts)


def _why(why: Why) -> str:  # noqa: PLR0911 (one short case for each)
    """Return in at most four words why a story is related."""
    match why.kind:
        case "named":
            return "named by the page"
        case "earlier" | "later":
            return f"{why.kind} step"
        case "name":
            return f"also about {text.clip(why.of, _LONGEST_NAME)}"
        case "tag":
            return f"also #{why.of}"
        case "alike":
            return "similar words"
        case "all words":
            return "all these words"
        case "some words":
            return "some of these words"
        case _:
            assert_never(why.kind)


def unknown_link(*, prefix: str) -> Message:
    """Return the answer to a link that is no article of ours."""
    return Message(
        (
            Text("No article stands at this link."),
            Note((f"To look by words, type {prefix}related and the words",)),
        )
    )


def what_related(*, prefix: str) -> Message:
    """Return the answer to a request for related stories that names nothing."""
    return Message(
        (
            Text("Related to what? Give a link to an article, or some words."),
            Note((f"For example: {prefix}related meta employees",)),
            Note(("Or mention me in a reply to a post of mine, or in its thread",)),
        )
    )


def help_(prefix: str, *, understood: bool = True, without_typing: Sequence[str] = ()) -> Message:
    """Return what one can type, and do without; after words that are no command, say so first."""
    sorry = () if understood else (Text("That is not something I know."),)
    also = (Points("Without typing", tuple(without_typing)),) if without_typing else ()
    members, mods = (
        tuple(f"{prefix}{words}" for words in those) for those in (_FOR_MEMBERS, _FOR_MODS)
    )
    typed = (Points("What you can type", members), Points("For who manages a channel", mods))
    return Message((*sorry, *typed, *also))


_FOR_MEMBERS = (
    "subscribe llms: get each new article about #llms as a direct message",
    "subscribe llms -crypto heat:60: only without #crypto, at heat 60 or more",
    "subscribe llms when:daily 08:00: get them together, once a day",
    "subscribe llms here: be mentioned below this channel's posts about #llms",
    "unsubscribe llms: stop that; without a tag, stop all",
    "subscriptions: see what you follow",
    "home: see all that is yours here at one glance",
    "tags: see the tags there are",
    "latest llms: see the newest articles, of one tag or of all",
    "summary and a link: see what a story says",
    "trending: see the hottest stories of the day and the week",
    "search openai ipo: look through everything stored",
    "related and a link or words: see stories about the same thing",
    "why and a link: see why a story was posted here, or was not",
    "snooze 2h: hold what comes to you for a while",
    "catchup 8h: see what was posted in a channel in the last 8 hours",
    "zone Europe/Berlin: choose by which clock your digests and quiet hours go",
    "privacy: see, get or delete what I store about you",
)
_FOR_MODS = (
    "channel follow llms: post new articles about #llms in this channel",
    "channel unfollow llms: stop that; without a tag, stop all",
    "channel settings: see and change all that is set here, with buttons",
    "channel managers @role: choose who may change it beside its mods",
    "channel zone Europe/Berlin: choose by which clock this channel's digests go",
    "channel status: see what this channel follows and whether all is well",
    "channel preview: see the last stories as they would be posted here",
    "channel test: post a test in this channel",
    "channel pause 8h: hold what comes to this channel for a while",
    "channel resume: post here again, after a pause or after I could not",
    "channel waiting: see what waits, post some of it now, or skip it",
    "channel move: let another channel follow what this one does",
    "channel mute: hear no more that I cannot post here, until I could once",
    "channel history: see who changed what here, and take it back",
    "channel undo: take the last change back, and nothing else",
    "channel export: get all that is set here, as a file",
    "channel log: hear in this channel who changes what, and where I cannot post",
    "channel crosspost: pass posts on to the channels that follow this one",
)


def unopened(kept: Older | Foreign, *, prefix: str) -> Message:
    """Return the answer to a button that does nothing: not of this version, or not made there."""
    which: Id = "stale_button" if isinstance(kept, Older) else "foreign_button"
    return refused(which, instead=[_instead(kept.words, prefix)], step="")


def _instead(words: str, prefix: str) -> Part:
    if not words or isinstance(parse(words), Unclear):
        return Note((f"To see what can be typed, type {prefix}help",))
    return Note((f"To do it here, type {prefix}{words}",))
