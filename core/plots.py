"""Plots as pictures, drawn by matplotlib where it is installed."""

from __future__ import annotations

import asyncio
import logging
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

from core.text import clip

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

log = logging.getLogger(__name__)

_WITHIN = 4.0
"""Seconds for which a picture is waited for: the first of all can take long."""
_KEPT = 16
_WIDTH, _ABOVE, _EACH = 4.8, 0.55, 0.5  # inches
_DOTS = 150  # in an inch
_FULL = 100
_FONT = "DejaVu Sans"  # comes with matplotlib, so a picture is the same everywhere
# On a ground of its own, so that it reads on a dark page and on a light one.
_PLAIN: dict[str, Any] = {"family": _FONT, "va": "center", "parse_math": False}
_TRACK_ENDS = 70
_GROUND, _WORDS, _BAR, _TRACK = "#22232b", "#f2f3f5", "#8b8cf0", "#3a3c48"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, from 0 to 100, with what it stands for above it and a few words behind it."""

    label: str
    value: int
    note: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars under a heading."""

    heading: str
    bars: tuple[Bar, ...]


class Plots:
    """Draws plots, one at a time, away from the loop. The last ones are kept."""

    def __init__(self, *, can_draw: bool | None = None, within: float = _WITHIN) -> None:
        """Draw if matplotlib is there, unless it is said whether to; wait so many seconds."""
        self._within = within
        self._can_draw = find_spec("matplotlib") is not None if can_draw is None else can_draw
        self._drawn: OrderedDict[Plot, asyncio.Task[bytes]] = OrderedDict()
        self._turn = asyncio.Lock()

    async def png(self, plot: Plot) -> bytes | None:
        """Return the picture of `plot`, or nothing where it cannot be drawn, or not soon."""
        if not self._can_draw:
            return None
        task = self._drawn.get(plot)
        if task is None:
            task = self._drawn[plot] = asyncio.create_task(self._draw(plot))
            while len(self._drawn) > _KEPT:
                self._drawn.popitem(last=False)
        try:
            async with asyncio.timeout(self._within):
                return await asyncio.shield(task)
        except TimeoutError:
            log.warning("a picture was not drawn in %s s", self._within)
        except Exception:
            # The answer is as good without it.
            log.exception("failed to draw a picture")
            self._drawn.pop(plot, None)
        return None

    async def _draw(self, plot: Plot) -> bytes:
        # matplotlib must not draw two at once.
        async with self._turn:
            return await asyncio.to_thread(drawn, plot)


def drawn(plot: Plot) -> bytes:
    """Return the picture of `plot` as PNG. What is untrusted in it is drawn as it is, and cut."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = _ABOVE + _EACH * len(plot.bars)
    figure = Figure(figsize=(_WIDTH, height), dpi=_DOTS, facecolor=_GROUND)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.04, 0.0, 0.92, 1 - _ABOVE / height))
    axes.set_axis_off()
    axes.set_xlim(0, _FULL)
    axes.set_ylim(len(plot.bars), 0)
    place = 1 - _ABOVE / 2 / height
    figure.text(0.04, place, plot.heading, color=_WORDS, size=9.5, weight="bold", **_PLAIN)
    for at, bar in enumerate(plot.bars):
        _draw_bar(axes, at, bar)
    out = BytesIO()
    figure.savefig(out, format="png", facecolor=_GROUND)
    return out.getvalue()


def _draw_bar(axes: Axes, at: int, bar: Bar) -> None:
    """Draw a bar at this place: its label, below that its value on a track, its note behind."""
    label = axes.text(0, at + 0.28, "", color=_WORDS, size=9, **_PLAIN)
    _fit(label, axes, _drawable(bar.label))
    axes.barh(at + 0.66, _TRACK_ENDS, height=0.2, color=_TRACK)
    axes.barh(at + 0.66, bar.value * _TRACK_ENDS / _FULL, height=0.2, color=_BAR)
    note = axes.text(_FULL, at + 0.66, "", color=_WORDS, size=8, ha="right", **_PLAIN)
    _fit(note, axes, _drawable(bar.note), _FULL - _TRACK_ENDS - 2)


def _fit(text: Text, axes: Axes, words: str, room: float = _FULL) -> None:
    """Let `text` say as many of the words as there is room for."""
    length = len(words)
    while length > 0:
        text.set_text(clip(words, length))
        box = text.get_window_extent().transformed(axes.transData.inverted())
        if box.width <= room:
            return
        length = min(length - 1, int(length * room / box.width) + 2)


def _drawable(words: str) -> str:
    """Return of the words what the font can draw.

    It has no Han and no Devanagari, and matplotlib neither turns nor joins what is written from
    right to left: where little would be left, only what stands before them is, as their number.
    """
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont(_FONT))
    kept = "".join(char for char in words if _is_drawn(char) and font.get_char_index(ord(char)))
    letters, left = (sum(map(str.isalnum, told)) for told in (words, kept))
    number, _, _ = words.partition(" ")
    return (
        " ".join(kept.split())
        if 2 * left >= letters
        else _drawable(number)
        if number != words
        else ""
    )


def _is_drawn(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] != "C" and unicodedata.bidirectional(char) not in {"R", "AL", "AN"}
