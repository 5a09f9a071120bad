"""Why an article stands where it does, or does not: its way in words, and what would change it."""

from collections.abc import Iterator, Mapping, Sequence

from core import text
from core.articles import Article
from core.compose.phrases import LONGEST_BUTTON_WORDS, numbered, row, short, short_line
from core.compose.rules import CHANNEL, MEMBER, Voice, topic_in_words, topics_in_words
from core.grammar import write
from core.messages import (
    Button,
    Fact,
    Lines,
    LinkButton,
    Message,
    Minute,
    Note,
    Part,
    Text,
    WordsButton,
)
from core.outbox import COUNTED, UNFOLLOWED
from core.rules import NO_TERMS, Changes, difference, facts
from core.why import Stage, Station, Way

_MOST_POLLED = 5
_MOST_TO_CHOOSE = 10
_MOST_TO_FOLLOW = 3
_LACKS = (Stage.LEFT_OUT, Stage.HEAT, Stage.MOOD, Stage.CONCERNS)
_REASONS = {
    COUNTED: "the message that it came with had room for its number only",
    UNFOLLOWED: "nothing was followed any more when its turn came",
}

_PASSED: Mapping[Stage, str] = {
    Stage.CAME: "Came in",
    Stage.MATCHED: "Brought by {topic}",
    Stage.SPLIT_OFF: "Split off from a story that it does not tell",
    Stage.SAME_STORY: "Tells the same story as “{told}”",
    Stage.DIGEST: "Kept for a digest",
    Stage.QUIET: "Held in quiet hours",
    Stage.LIMIT: "Kept for a digest, as the limit of the day was used up",
    Stage.ON_HOLD: "Held while {topic} was paused",
    Stage.WITHDRAWN: "Withdrawn by its source",
}
_LACKING: Mapping[Stage, str] = {
    Stage.NO_TAG: "{Whom} {follow} {followed}, and the article carries {tags}",
    Stage.LEFT_OUT: "{Whom} {follow} {topic} without {left_out}, and the article has that",
    Stage.HEAT: "{Whom} {follow} {topic} at heat {heat} or more, and that of the article is {hot}",
    Stage.MOOD: "{Whom} {follow} {topic} if the community is {moods}, and here it is {mood}",
    Stage.CONCERNS: "{Whom} {follow} {topic} only {concerns} concerns, and here it is otherwise",
}
_ENDING: Mapping[Stage, str] = {
    **{stage: f"{said}." for stage, said in _LACKING.items()},
    Stage.STORED: "It was no news any more when I found it, so it was stored and not posted.",
    Stage.WITHDRAWN: "Its source withdrew it, so it is not posted.",
    Stage.NOTHING_FOLLOWED: "{Whom} {follow} nothing, so nothing comes.",
    Stage.TOO_EARLY: "It came before this rule was made. A rule brings only what comes after it.",
    Stage.CHANGED: "It matches now, but did not when it came: rule or article changed since.",
    Stage.QUEUEING: "It is on its way to all who follow it. That takes a few seconds more.",
    Stage.DIGEST: "It comes with the next digest.",
    Stage.QUIET: "It is held until the quiet hours end.",
    Stage.LIMIT: "The limit of the day is used up, so it comes with the next digest.",
    Stage.ON_HOLD: "{Topic} is paused. It comes when that is over.",
    Stage.PAUSED: "This channel is paused. It comes when that is over.",
    Stage.CLOSED: "It waits, for nothing can be posted now: {told}.",
    Stage.BEHIND: "It waits for the post of “{told}”, below which it is told.",
    Stage.WAITING: "It waits for its turn.",
    Stage.SENDING: "It is being posted at this moment.",
    Stage.POSTED: "It was posted.",
    Stage.COVERED: "The post of “{told}” names it, as it tells the same story.",
    Stage.SKIPPED: "It waited, and a mod skipped all that did, so it is not posted.",
    Stage.DEAD: "It could not be posted, and is not tried again: {told}.",
    Stage.EXPIRED: "It waited for 24 hours and is no longer news: {told}.",
    Stage.UNKNOWN: "It may stand there, which could not be found out: {told}.",
}
_TRIED: Mapping[Stage, str] = {Stage.WAITING: "It was tried and is tried again: {told}."}
_AT: Mapping[Stage, str] = {
    Stage.TOO_EARLY: "Followed so since",
    Stage.CHANGED: "Followed so since",
    Stage.DIGEST: "The digest comes",
    Stage.LIMIT: "The digest comes",
    Stage.QUIET: "Held until",
    Stage.ON_HOLD: "Paused until",
    Stage.PAUSED: "Paused until",
    Stage.CLOSED: "Closed since",
    Stage.WAITING: "Next try",
    Stage.POSTED: "Posted",
}


def why(
    way: Way,
    *,
    prefix: str,
    to_member: bool = False,
    may_mend: bool = False,
    right: str = "",
    link: str = "",
) -> Message:
    """Return how far an article came, what stopped it, and what would change that.

    `to_member`: it is about direct messages, which their person can change. What changes a channel
    is for who `may_mend` it; others hear that it takes the `right`. `link` leads to its message.
    """
    if way.article is None:
        return _unseen(way, prefix)
    article, voice = way.article, MEMBER if to_member else CHANNEL
    said: list[Part] = [Lines((short_line(article),), _heading(way))]
    said += [Note(_passed(it, way, article, voice)) for it in way.stations[:-1]]
    ending = _TRIED if way.end.stage is Stage.WAITING and way.end.told else _ENDING
    said.append(Text(_told(ending, way.end, way, article, voice)))
    said += [Note((_AT[it.stage], Minute(it.at))) for it in [way.end] if it.at and it.stage in _AT]
    said += _rule(way, voice, prefix)
    mends = _mends(way, article, voice)
    if mends and not (to_member or may_mend):
        said.append(
            Note((f"To change that you need {right}" if right else "A mod can change that",))
        )
        mends = []
    elif mends and not way.is_coming:
        said.append(Note(("A change holds for what comes from now on",)))
    shows = LinkButton("Show the post", link, f"Show the post: {short(article.title)}")
    buttons: list[Button] = [*([shows] if link else []), *mends]
    return Message((*said, *([row(*buttons)] if buttons else [])))


def why_what(*, prefix: str) -> Message:
    """Return the answer to who asks why, and does not say of what."""
    return Message(
        (
            Text("Why what? Give the link of an article, or of a post of mine in this channel."),
            Note((f"Type {prefix}why and paste the link behind it",)),
            Note(("Or choose “Why was this posted?” in the menu of a post",)),
        )
    )


def why_which(posted: Sequence[Article], *, prefix: str) -> Message:
    """Return the question which of these articles, that one message posts, is meant."""
    asked = posted[:_MOST_TO_CHOOSE]
    listed = Lines(tuple(map(short_line, asked)), "Why which of these?", first=1)
    more = len(posted) - len(asked)
    others = Note((f"The message has {more} more: to choose one, type {prefix}why and its link",))
    return Message((listed, *((others,) if more else ()), *numbered(asked, "why")))


def why_no_post(*, prefix: str) -> Message:
    """Return the answer to who asks why a message was posted that is none of our posts here."""
    return Message(
        (
            Text("That is no post of mine in this channel, so I cannot say why it stands there."),
            Note((f"About an article, type {prefix}why and its link",)),
        )
    )


def _heading(way: Way) -> str:
    if way.stands:
        return "Why this was posted"
    return "Why this is not posted yet" if way.is_coming else "Why this was not posted"


def _unseen(way: Way, prefix: str) -> Message:
    said: list[Part] = [Text("I never saw an article at this link, so there was nothing to post.")]
    if way.polled:
        said.append(Text("These are read. What stands in none of them does not reach me."))
    for it in way.polled[:_MOST_POLLED]:
        name = text.clip(text.without_urls(text.clean(it.name)) or "a web address", 60)
        said.append(Note((name, *(("last read", Minute(it.read_at)) if it.read_at else ()))))
    if len(way.polled) > _MOST_POLLED:
        said.append(Note((f"And {len(way.polled) - _MOST_POLLED} more",)))
    said.append(Note((f"To look for it by words, type {prefix}search and the words",)))
    return Message(tuple(said))


def _passed(station: Station, way: Way, article: Article, voice: Voice) -> tuple[Fact, ...]:
    """Return what is said of a stage that it went through."""
    if station.stage is Stage.MATCHED and not station.topic:
        return ("Brought by a rule that is there no more",)
    said = _told({**_PASSED, **_LACKING}, station, way, article, voice)
    if station.stage is Stage.MATCHED:
        return (said, "on terms that changed since") if station.at else (said,)
    return (said, Minute(station.at)) if station.at else (said,)


def _told(
    texts: Mapping[Stage, str], station: Station, way: Way, article: Article, voice: Voice
) -> str:
    """Return the words of a stage."""
    terms, topic = station.terms, topic_in_words(station.topic) if station.topic else "it"
    whom, follow = ("you", "follow") if voice is MEMBER else ("this channel", "follows")
    left_out = [it if "." in it else f"#{it}" for it in station.words]
    because = _REASONS.get(station.told, station.told) or "the reason is not known"
    return texts[station.stage].format(
        whom=whom,
        Whom=text.clip(whom[0].upper() + whom[1:], 20),
        follow=follow,
        followed=topics_in_words(way.follows),
        topic=topic,
        Topic=topic[0].upper() + topic[1:],
        tags=text.in_a_sentence([f"#{tag}" for tag in article.tags]) or "no tag",
        left_out=text.in_a_sentence(left_out),
        heat=terms.heat,
        hot="not known" if article.heat is None else article.heat,
        moods=text.in_a_sentence(terms.moods, "or"),
        mood=facts(article).mood or "not known",
        concerns="with" if terms.concerns == "some" else "without",
        told=short(because),
    )


def _rule(way: Way, voice: Voice, prefix: str) -> Iterator[Note]:
    """Give the rule that it is about, as it would be typed."""
    about = [it for it in way.stations if it.topic and it.stage is not Stage.NO_TAG]
    if about:
        rule = write([about[-1].topic], difference(NO_TERMS, about[-1].terms))
        yield Note((f"The rule: {prefix}{voice.follow} {rule}",))


def _mends(way: Way, article: Article, voice: Voice) -> list[WordsButton]:
    """Return the buttons that let the next article like it come, or come at once."""
    found = _resuming(way, voice) or [*_following(way, article, voice), *_loosening(way, voice)]
    return [it for it in found if len(it.words) <= LONGEST_BUTTON_WORDS]


def _resuming(way: Way, voice: Voice) -> list[WordsButton]:
    end, topics = way.end, [way.end.topic]
    match end.stage:
        case Stage.PAUSED | Stage.CLOSED if voice is CHANNEL:
            return [WordsButton("Resume", "channel resume")]
        case Stage.CLOSED:
            words = f"{voice.follow} {write(sorted(way.follows), Changes())}"
            return [WordsButton("Resume", words)]
        case Stage.ON_HOLD:
            changes = Changes({"paused_until": None})
            return [WordsButton("Resume", f"{voice.follow} {write(topics, changes)}")]
        case Stage.DIGEST if end.topic:
            changes = Changes({"rhythm": None})
            return [WordsButton("Send at once", f"{voice.follow} {write(topics, changes)}")]
        case _:
            return []


def _following(way: Way, article: Article, voice: Voice) -> Iterator[WordsButton]:
    if way.end.stage in {Stage.NO_TAG, Stage.NOTHING_FOLLOWED}:
        for tag in article.tags[:_MOST_TO_FOLLOW]:
            yield WordsButton(f"Follow #{tag}", f"{voice.follow} {tag}")


def _loosening(way: Way, voice: Voice) -> Iterator[WordsButton]:
    """Give the button that changes all of the nearest rule that it lacked."""
    lacks = [it for it in way.stations if it.stage in _LACKS]
    if not lacks or way.end.stage not in _LACKS:
        return
    article, changes = way.article, dict[str, object]()
    for it in lacks:
        changes |= _looser(it, article.heat if article else None)
    words = f"{voice.follow} {write([way.end.topic], Changes(changes))}"
    yield WordsButton(_label(lacks, changes), words)


def _looser(station: Station, heat: int | None) -> dict[str, object]:
    match station.stage:
        case Stage.LEFT_OUT:
            return {"without": tuple(it for it in station.terms.without if it not in station.words)}
        case Stage.HEAT:
            return {"heat": heat or 0}
        case Stage.MOOD:
            return {"moods": ()}
        case _:
            return {"concerns": ""}


def _label(lacks: Sequence[Station], changes: Mapping[str, object]) -> str:
    if len(lacks) > 1:
        return "Take articles like this"
    match lacks[0]:
        case Station(Stage.LEFT_OUT, words=words):
            name = words[0] if "." in words[0] else f"#{words[0]}"
            return text.clip(f"Take {name} too", 34)
        case Station(Stage.HEAT):
            return f"Take heat {changes['heat']}" if changes["heat"] else "Take any heat"
        case Station(Stage.MOOD):
            return "Take any mood"
        case _:
            return "Take any concerns"
