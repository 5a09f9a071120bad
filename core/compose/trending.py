"""Answers about what trends: the stories told hottest, the tags that rise, and a plot of it."""

from collections.abc import Iterator, Sequence

from core import text
from core.compose.phrases import present, row, title
from core.messages import (
    Button,
    Line,
    Lines,
    Message,
    Note,
    Part,
    Picture,
    Points,
    Text,
    WordsButton,
)
from core.plots import Bar, Plot
from core.trending import FOR_AN_OUTLET, Rise, Trend, Trends

_MOST_TO_FOLLOW = 3
_LONGEST_NAME = 60
"""Of a title in a picture, and in what is said of it."""


def trending(trends: Trends, picture: Picture | None = None, *, prefix: str) -> Message:
    """Return the hottest stories and the tags that rise; `picture` shows the same as its plot."""
    if not trends.day and not trends.week:
        return _nothing(trends, prefix)
    about = f" about #{trends.tag}" if trends.tag else ""
    said: list[Part] = []
    if trends.day:
        said.append(_lines(trends.day, f"Hottest stories of the last day{about}"))
    if picture:
        said.append(picture)
    if trends.week:
        of_week = "Also hot in the last week" if trends.day else "Hottest stories of the last week"
        said.append(_lines(trends.week, f"{of_week}{about}"))
    if trends.rises:
        said.append(Points("Tags that rise this week", tuple(map(_risen, trends.rises))))
    said.append(Note((f"Ranked by heat, and {FOR_AN_OUTLET} more for each further outlet",)))
    return Message((*said, row(*_buttons(trends))))


def plotted(trends: Trends) -> Plot | None:
    """Return what a picture shows of it: how hot the stories are, those of the day if any."""
    shown = trends.day or trends.week
    if not shown or all(story.heat is None for story in shown):
        return None
    when = "day" if trends.day else "week"
    bars = tuple(
        Bar(f"{n}. {_name(story)}", story.heat or 0, ", ".join(_facts(story, plain=True)))
        for n, story in enumerate(shown, 1)
    )
    return Plot(f"Heat of the stories of the last {when}, out of 100", bars)


def told_of(plot: Plot) -> str:
    """Return in words all that a picture of this plot shows."""
    bars = "; ".join(f"{bar.label}: {bar.note}" for bar in plot.bars)
    return f"Bar chart. {plot.heading}. {bars}"


def _lines(told: Sequence[Trend], heading: str) -> Lines:
    lines = (Line(title(it.title), it.url, tuple(_facts(it))) for it in told)
    return Lines(tuple(lines), heading)


def _facts(story: Trend, *, plain: bool = False) -> Iterator[str]:
    """Give how hot a story is and who told it; `plain` for where no site is to be named."""
    if story.heat is not None:
        yield f"heat {story.heat}"
    elif plain:
        yield "not known"
    if story.outlets > 1 or (plain and story.outlets):
        yield f"{story.outlets} outlet{'' if story.outlets == 1 else 's'}"
    else:
        yield from map(str, present(story.domain))


def _name(story: Trend) -> str:
    return text.clip(title(story.title), _LONGEST_NAME)


def _risen(rise: Rise) -> str:
    usually = f"usually {rise.usual}" if rise.usual else "usually hardly any"
    return f"#{rise.tag}: {rise.stories} stories, {usually}"


def _buttons(trends: Trends) -> Iterator[Button]:
    if trends.tag:
        yield WordsButton(f"Follow #{trends.tag}", f"subscribe {trends.tag}")
        yield WordsButton(f"Search #{trends.tag}", f"search #{trends.tag}")
        return
    for rise in trends.rises[:_MOST_TO_FOLLOW]:
        yield WordsButton(f"Follow #{rise.tag}", f"subscribe {rise.tag}")
    for rise in trends.rises[:1]:
        yield WordsButton(f"Search #{rise.tag}", f"search #{rise.tag}")
    if not trends.rises:
        yield WordsButton("Show latest", "latest")


def _nothing(trends: Trends, prefix: str) -> Message:
    when = "day" if trends.span == "day" else "week"
    about = f" about #{trends.tag}" if trends.tag else ""
    latest = f"latest {trends.tag}".strip()
    buttons: list[Button] = [WordsButton("Show latest", latest)]
    if when == "day":
        week = f"trending week {trends.tag}".strip()
        buttons.insert(0, WordsButton("Show the week", week))
    return Message(
        (
            Text(f"No story{about} was told in the last {when}."),
            Note((f"To see the newest of before, type {prefix}{latest}",)),
            row(*buttons),
        )
    )
