"""Articles and answers as messages: every sentence that a reader sees."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import assert_never

from core import text
from core.articles import Article
from core.config import Style
from core.messages import (
    Button,
    Buttons,
    Fact,
    Heading,
    Image,
    Line,
    Lines,
    LinkButton,
    Message,
    Note,
    Part,
    Points,
    Story,
    Text,
    WordsButton,
)
from core.related import RelatedStory

_CARD_TEXT = 600
_FULL_TEXT = 1500
_POINT = 280
_MOST_POINTS = 6
_MOST_RELATED = 5
_MOST_TAGS_SHOWN = 60
_MOST_BUTTONS = 5
_TAGS_TO_FOLLOW = {"line": 0, "card": 1, "full": 3}
_FLAMES = 5
_HOTTEST = 100


def post(articles: Sequence[Article], style: Style) -> Message:
    """Return the post of these articles: one in `style`, several as a list."""
    if len(articles) > 1:
        heading = f"{len(articles)} new stories"
        return Message((Lines(tuple(_line(article) for article in articles), heading),))
    article = articles[0]
    match style:
        case "line":
            return Message((Lines((_line(article),)),))
        case "card":
            return Message((_story(article, _CARD_TEXT), _buttons(article, style)))
        case "full":
            return _full(article)
        case _:
            assert_never(style)


def subscribed(
    new: Collection[str], already: Collection[str], all_tags: Collection[str], *, prefix: str
) -> Message:
    """Return the answer to a person who now follows `new` too."""
    said: list[Part] = []
    if new:
        said.append(Text(f"You now follow {_hashed(new)}."))
    if already:
        said.append(Text(f"You already follow {_hashed(already)}."))
    said.append(Text("Each new article comes to you as a direct message, as soon as it is out."))
    if len(all_tags) > len(new) + len(already):
        said.append(Note((f"All that you follow: {_hashed(all_tags)}",)))
    said.append(_typed_to_stop(f"{prefix}unsubscribe", new or already))
    if new:
        said.append(_row(WordsButton("Undo", _words("unsubscribe", new))))
    return Message(tuple(said))


def unsubscribed(gone: Collection[str], left: Collection[str], *, prefix: str) -> Message:
    """Return the answer to a person who stopped following `gone`."""
    rest = f"You still follow {_hashed(left)}." if left else "You follow no tags now."
    if not gone:
        return _nothing_changed("You did not follow that.", rest)
    return Message(
        (
            Text(f"You no longer follow {_hashed(gone)}."),
            Text(rest),
            Note((f"To follow again, type {prefix}{_words('subscribe', gone)}",)),
            _row(WordsButton("Undo", _words("subscribe", gone))),
        )
    )


def subscriptions(tags: Collection[str], paused_because: str | None, *, prefix: str) -> Message:
    """Return what a person follows."""
    if not tags:
        return Message(
            (
                Text("You follow no tags yet."),
                Note((f"To follow one, type {prefix}subscribe and its name",)),
                Note((f"To see them all, type {prefix}tags",)),
            )
        )
    said: list[Part] = [Text(f"You follow {_hashed(tags)}, by direct message.")]
    if paused_because:
        said.append(Text(f"Nothing reaches you now: {paused_because}."))
        said.append(Text(f"When that is mended, type {prefix}{_words('subscribe', tags)}"))
    buttons = [WordsButton(f"Unfollow #{tag}", f"unsubscribe {tag}") for tag in tags]
    said.append(_row(*buttons[:_MOST_BUTTONS]))
    if len(buttons) > _MOST_BUTTONS:
        said.append(_typed_to_stop(f"{prefix}unsubscribe", list(tags)[_MOST_BUTTONS:]))
    return Message(tuple(said))


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


def unknown_tag(typed: str, near: Sequence[str], *, verb: str, prefix: str) -> tuple[Part, ...]:
    """Return what to say of a tag that does not exist. `verb` is the command that was typed."""
    said = text.clip(text.clean(typed), 60)
    if not near:
        return (
            Text(f"There is no tag called “{said}”."),
            Note((f"To see them all, type {prefix}tags",)),
        )
    buttons = (WordsButton(f"Follow #{tag}", f"{verb} {tag}") for tag in near)
    question = text.in_a_sentence([f"#{tag}" for tag in near]).replace(" and ", " or ")
    return (
        Text(f"There is no tag called “{said}”. Did you mean {question}?"),
        _row(*buttons),
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
    lines = tuple(_line(article) for article in articles)
    return Message((Lines(lines, f"Latest articles{about}"),))


def related(stories: Sequence[RelatedStory], to: str) -> Message:
    """Return the stories that are related to the article or the words `to`."""
    if not stories:
        return Message(
            (
                Text(f"Nothing related to “{_short(to)}” was found."),
                Note(("Other words may find more",)),
            )
        )
    lines = tuple(
        Line(_title(story.title), story.url or None, _present(story.published_at, story.why))
        for story in stories
    )
    return Message((Lines(lines, f"Related to “{_short(to)}”"),))


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
        )
    )


def help_(prefix: str, *, understood: bool = True) -> Message:
    """Return what one can type; after words that are no command, say so first."""
    members = (
        f"{prefix}subscribe llms: get each new article about #llms as a direct message",
        f"{prefix}unsubscribe llms: stop that; without a tag, stop all",
        f"{prefix}subscriptions: see what you follow",
        f"{prefix}tags: see the tags there are",
        f"{prefix}latest llms: see the newest articles, of one tag or of all",
        f"{prefix}related and a link or words: see stories about the same thing",
    )
    mods = (
        f"{prefix}channel follow llms: post new articles about #llms in this channel",
        f"{prefix}channel unfollow llms: stop that; without a tag, stop all",
        f"{prefix}channel status: see what this channel follows and whether all is well",
    )
    sorry = () if understood else (Text("That is not something I know."),)
    return Message(
        (*sorry, Points("What you can type", members), Points("For who manages a channel", mods))
    )


def channel_follows(
    new: Collection[str], already: Collection[str], all_tags: Collection[str], *, prefix: str
) -> Message:
    """Return the answer to a mod whose channel now follows `new` too."""
    said: list[Part] = []
    if new:
        said.append(Text(f"This channel now follows {_hashed(new)}."))
    if already:
        said.append(Text(f"This channel already follows {_hashed(already)}."))
    said.append(Text("Each new article is posted here, as soon as it is out."))
    if len(all_tags) > len(new) + len(already):
        said.append(Note((f"All that it follows: {_hashed(all_tags)}",)))
    said.append(_typed_to_stop(f"{prefix}channel unfollow", new or already))
    if new:
        said.append(_row(WordsButton("Undo", _words("channel unfollow", new))))
    return Message(tuple(said))


def channel_unfollows(gone: Collection[str], left: Collection[str], *, prefix: str) -> Message:
    """Return the answer to a mod whose channel stopped following `gone`."""
    rest = f"It still follows {_hashed(left)}." if left else "It follows no tags now."
    if not gone:
        return _nothing_changed("This channel did not follow that.", rest)
    return Message(
        (
            Text(f"This channel no longer follows {_hashed(gone)}."),
            Text(rest),
            Note((f"To follow again, type {prefix}{_words('channel follow', gone)}",)),
            _row(WordsButton("Undo", _words("channel follow", gone))),
        )
    )


def channel_status(
    tags: Collection[str],
    paused_because: str | None,
    *,
    last_post_at: datetime | None,
    waiting: int,
    prefix: str,
) -> Message:
    """Return what a channel follows and whether posts reach it."""
    if not tags:
        return Message(
            (
                Text("This channel follows no tags yet."),
                Note((f"To follow one, type {prefix}channel follow and its name",)),
            )
        )
    said: list[Part] = [Text(f"This channel follows {_hashed(tags)}.")]
    if paused_because:
        said.append(Text(f"Nothing is posted here now: {paused_because}."))
        again = f"{prefix}{_words('channel follow', tags)}"
        said.append(Text(f"When that is mended, type {again}"))
    last: tuple[Fact, ...] = ("Last post", last_post_at) if last_post_at else ("No posts yet",)
    said.append(Note((*last, f"{waiting} waiting" if waiting else "none waiting")))
    said.append(_typed_to_stop(f"{prefix}channel unfollow", list(tags)[:1]))
    return Message(tuple(said))


def may_not_manage(right: str) -> Message:
    """Return the refusal of a change to a channel. `right` is what the platform calls it."""
    return Message(
        (
            Text("You cannot change what this channel follows."),
            Text(f"That takes {right}. Ask someone who has it."),
        )
    )


def cannot_post_here(step: str) -> Message:
    """Return the refusal to follow in a channel where the bot cannot post."""
    return Message(
        (
            Text("I cannot post in this channel yet, so nothing was changed."),
            Text(f"{step} Then type the command again."),
        )
    )


def no_channel_here(*, prefix: str) -> Message:
    """Return the answer to a channel's command that was typed in direct messages."""
    return Message(
        (
            Text("This is no channel, but your direct messages."),
            Note((f"To follow a tag here, type {prefix}subscribe and its name",)),
        )
    )


def stale_button() -> Message:
    """Return the answer to a button of an older version."""
    return Message(
        (
            Text("This button is from an older version and does nothing any more."),
            Text("Please type the command instead; help shows them all."),
        )
    )


def internal_error(ref: str) -> Message:
    """Return the answer when something broke. The operator finds `ref` in the log."""
    return Message(
        (
            Text("Something broke on my side, and nothing was changed."),
            Text(f"Please try again. If it stays so, tell your operator this reference: {ref}"),
        )
    )


def _full(article: Article) -> Message:
    parts: list[Part] = [
        _story(article, _FULL_TEXT),
        *_points("Key takeaways", article.takeaways),
        *_points("What the community likes", article.positives),
        *_points("What concerns the community", article.concerns),
    ]
    if article.related:
        named = article.related[:_MOST_RELATED]
        lines = (Line(_title(s.title), s.url or None, _present(s.published_at)) for s in named)
        parts.append(Lines(tuple(lines), "Related articles"))
    parts.append(Note(("AI summary: check the source",)))
    return Message((*parts, _buttons(article, "full")))


def _story(article: Article, most: int) -> Story:
    said = article.summary or article.dek
    facts = _present(
        _heat(article.heat),
        f"community: {article.sentiment.lower()}" if article.sentiment else "",
        article.source_domain,
        f"{article.reading_minutes} min read" if article.reading_minutes else "",
        article.published_at,
    )
    image = None
    if article.image_url:
        image = Image(article.image_url, f"Illustration from {article.source_domain or 'the page'}")
    told = "" if said == article.title else text.clip(text.without_urls(said), most)
    return Story(_title(article.title), told, facts, article.tags, image)


def _buttons(article: Article, style: Style) -> Buttons:
    about = text.clip(f"Read the article: {article.title}", 75)
    follow = (
        WordsButton(f"Follow #{tag}", f"subscribe {tag}")
        for tag in article.tags[: _TAGS_TO_FOLLOW[style]]
    )
    read = LinkButton("Read", article.url, about)
    return _row(read, WordsButton("Related", f"related article:{article.id}"), *follow)


def _line(article: Article) -> Line:
    facts = _present(article.source_domain, _heat(article.heat), article.published_at)
    return Line(_title(article.title), article.url, facts)


def _points(heading: str, points: Sequence[str]) -> tuple[Points, ...]:
    short = (text.clip(text.without_urls(point), _POINT) for point in points[:_MOST_POINTS])
    kept = tuple(point for point in short if point)
    return (Points(heading, kept),) if kept else ()


def _heat(heat: int | None) -> str:
    if heat is None:
        return ""
    flames = -(-heat * _FLAMES // _HOTTEST)  # rounded up: any heat at all shows a flame
    return f"{'🔥' * flames} {heat}/{_HOTTEST}".strip()


def _title(title: str) -> str:
    return text.without_urls(title) or title


def _short(title: str) -> str:
    return text.clip(_title(title), 80)


def _present(*facts: Fact | None) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if fact)


def _hashed(names: Collection[str]) -> str:
    return text.in_a_sentence([f"#{name}" for name in names])


def _words(verb: str, names: Collection[str]) -> str:
    return " ".join((verb, *names))


def _typed_to_stop(verb: str, names: Collection[str]) -> Note:
    return Note((f"To stop, type {_words(verb, names)}",))


def _nothing_changed(why: str, rest: str) -> Message:
    return Message((Text(f"{why} Nothing was changed."), Text(rest)))


def _row(*buttons: Button) -> Buttons:
    return Buttons(buttons)
