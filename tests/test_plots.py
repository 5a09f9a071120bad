"""Pictures of plots: what is drawn, and what if it cannot be."""

import asyncio
import struct

import pytest

from core import plots
from core.plots import Bar, Plot, Plots, drawn
from tests.samples import HARD_TITLES

pytest.importorskip("matplotlib")


def plot(*labels: str) -> Plot:
    return Plot("Heat, out of 100", tuple(Bar(it, 50, "heat 50, 2 outlets") for it in labels))


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    wide, high = struct.unpack(">II", png[16:24])
    return wide, high


def test_a_picture_grows_with_its_bars_and_is_small() -> None:
    one, five = drawn(plot("1. Gemma")), drawn(plot(*(f"{n}. Gemma 4 runs" for n in range(5))))

    (wide, high), (as_wide, higher) = size(one), size(five)
    assert wide == as_wide
    assert higher > high
    assert len(five) < 100_000


@pytest.mark.parametrize(
    "label",
    [
        *HARD_TITLES.values(),
        "$x^2$ \\frac{1}{0} $",
        "_{^{$$",
        "\x00\x1b[31m\u202e\ud800\ufffe",
        "",
        "a" * 10_000,
        "wide " * 2000,
    ],
)
def test_whatever_a_title_says_it_is_drawn_as_it_is(label: str) -> None:
    # A warning, as of a letter that the font does not have, would be an error here.
    size(drawn(plot(f"1. {label}")))


def test_math_is_no_markup_in_a_title() -> None:
    assert drawn(plot("1. $x^2$")) != drawn(plot("1. x2"))


@pytest.mark.parametrize("name", ["Japanese", "Hebrew with numbers", "Arabic", "Devanagari"])
def test_what_the_font_cannot_write_is_left_out_but_for_its_number(name: str) -> None:
    assert plots._drawable(f"3. {HARD_TITLES[name]}") == "3."
    assert plots._drawable("3. Ж é ς “x”") == "3. Ж é ς “x”"


async def test_without_matplotlib_there_is_no_picture() -> None:
    assert await Plots(can_draw=False).png(plot("1. Gemma")) is None


async def test_the_same_plot_is_drawn_once() -> None:
    drawer = Plots()

    first, second = await asyncio.gather(*(drawer.png(plot("1. Gemma")) for _ in range(2)))

    assert first
    assert first is second
    assert await drawer.png(plot("1. Gemma")) is first


async def test_a_picture_that_takes_long_is_there_the_next_time() -> None:
    drawer = Plots(within=0)
    assert await drawer.png(plot("1. Gemma")) is None

    await asyncio.gather(*drawer._drawn.values())

    drawer._within = 60
    assert await drawer.png(plot("1. Gemma"))


async def test_a_plot_that_cannot_be_drawn_spoils_no_answer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken = Plot("Broken", (Bar("1.", "not a number", ""),))  # type: ignore[arg-type] # a mistake of ours

    assert await Plots().png(broken) is None
    assert "failed to draw a picture" in caplog.text


async def test_only_the_last_plots_are_kept() -> None:
    drawer = Plots()
    for n in range(40):
        await drawer.png(Plot(str(n), ()))

    assert len(drawer._drawn) <= 16
