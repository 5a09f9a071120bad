"""A message in which nothing but our own links can lead anywhere."""

import re
from dataclasses import replace
from typing import assert_never
from urllib.parse import urlsplit

from core.messages import (
    AskButton,
    Button,
    Buttons,
    Choice,
    Choices,
    Document,
    Fact,
    Form,
    GroupChoice,
    Heading,
    Image,
    Line,
    Lines,
    LinkButton,
    Mention,
    Message,
    Note,
    Part,
    Picture,
    Place,
    Points,
    Story,
    Text,
    WordsButton,
)
from core.text import SCHEME, clean

MOST_OF_URL = 3000
"""Characters that Slack takes as the address of a button or a picture."""

# Slack links bare addresses by itself wherever it reads text as markup. Without a word boundary,
# for in `_https://…_` Slack sees one where `\b` does not.
_ADDRESS = re.compile(rf"(?:{SCHEME}|www\.)[!-~]*", re.IGNORECASE)
_NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f\\]|\s")
# `|` and `>` would end the address in Slack's own link syntax.
_ENCODED = str.maketrans({"|": "%7C", "<": "%3C", ">": "%3E", '"': "%22"})


def harmless(message: Message) -> Message:
    """Return `message` with clean one-line texts, without addresses in them or unsafe links."""
    return Message(tuple(_part(part) for part in message.parts))


def safe_url(url: str) -> str | None:
    """Return `url` if it is a plain http or https address, ready for Slack; else None."""
    encoded = url.strip().translate(_ENCODED)
    if len(encoded) > MOST_OF_URL or _NOT_IN_URLS.search(encoded):
        return None
    try:
        parts = urlsplit(encoded)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme + encoded[len(parts.scheme) :]


def _part(part: Part) -> Part:  # noqa: C901, PLR0911, PLR0912 (a case for each part)
    match part:
        case Heading(text):
            return Heading(_plain(text))
        case Text(text):
            return Text(_plain(text))
        case Note(facts):
            return Note(_facts(facts))
        case Points(heading, points):
            return Points(_plain(heading), _all_plain(points))
        case Story():
            return _story(part)
        case Lines(lines, heading, first):
            return Lines(tuple(map(_line, lines)), _plain(heading or "") or None, first)
        case Place(channel, facts):
            return Place(channel, _facts(facts))
        case Mention(words=words):
            return replace(part, words=_plain(words))
        case Picture():
            # What only one person sees cannot bring a file on Slack.
            return Text("")
        case Document():
            return part
        case Buttons(buttons):
            return Buttons(tuple(safe for button in buttons if (safe := _button(button))))
        case Choices(name, choices=choices, hint=hint):
            plain = tuple(map(_choice, choices))
            return replace(part, name=_plain(name), choices=plain, hint=_plain(hint))
        case GroupChoice(name, shown=shown, hint=hint):
            return replace(part, name=_plain(name), shown=_plain(shown), hint=_plain(hint))
        case _:
            assert_never(part)


def _story(story: Story) -> Story:
    return Story(
        _plain(story.title),
        _plain(story.text),
        _facts(story.facts),
        _all_plain(story.tags),
        _image(story.image) if story.image else None,
        story.struck,
    )


def _line(line: Line) -> Line:
    url = safe_url(line.url) if line.url else None
    return Line(_plain(line.title), url, _facts(line.facts), line.struck)


def _image(image: Image) -> Image | None:
    url = safe_url(image.url)
    return Image(url, _plain(image.alt)) if url else None


def _button(button: Button) -> Button | None:
    label = _plain(button.label)
    match button:
        case _ if not label:
            return None
        case LinkButton(url=url, about=about):
            safe = safe_url(url)
            return LinkButton(label, safe, _plain(about)) if safe else None
        case WordsButton():
            return replace(button, label=label)
        case AskButton(form=form):
            return replace(button, label=label, form=_form(form))
        case _:
            assert_never(button)


def _choice(choice: Choice) -> Choice:
    return replace(choice, label=_plain(choice.label), about=_plain(choice.about))


def _form(form: Form) -> Form:
    title, field, hint = map(_plain, (form.title, form.field, form.hint))
    return replace(form, title=title, field=field, hint=hint)


def _facts(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    plain = (_plain(fact) if isinstance(fact, str) else fact for fact in facts)
    return tuple(fact for fact in plain if fact)


def _all_plain(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(plain for text in texts if (plain := _plain(text)))


def _plain(text: str) -> str:
    return " ".join(_ADDRESS.sub(r"\1", clean(text)).split())
