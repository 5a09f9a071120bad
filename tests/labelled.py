"""A small set of articles of which it is known which belong together. All of them are made up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log2

from core.sources import Draft

FIRST_DAY = datetime(2026, 1, 1, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article, and the storyline that it belongs to."""

    storyline: str
    draft: Draft


def _told(storyline: str, day: int, title: str, summary: str, *tags: str) -> Labelled:
    address = f"https://example.com/{title.lower().replace(' ', '-')}"
    at = FIRST_DAY + timedelta(days=day)
    return Labelled(storyline, Draft(title, address, summary=summary, tags=tags, published_at=at))


SET = (
    _told(
        *("ferry", 2, "Harbour town tests a ferry that steers itself"),
        "The Lindqvist yard lets its autonomous ferry cross the fjord with a captain on board.",
        *("robotics", "ai-agents"),
    ),
    _told(
        *("ferry", 60, "Self-steering ferry hits a pier"),
        "Nobody was hurt when the ferry of the Lindqvist yard misread the fog and hit a pier.",
        *("robotics", "ai-safety"),
    ),
    _told(
        *("ferry", 130, "Inspectors clear the Lindqvist ferry for passengers"),
        "After the crash in the fog the autonomous ferry gets a second radar and may sail again.",
        *("regulation", "ai-safety"),
    ),
    _told(
        *("grain", 5, "Cooperative predicts its grain harvest from satellite images"),
        "The Orsova cooperative forecasts wheat and barley by a model that reads such images.",
        *("open-source", "climate"),
    ),
    _told(
        *("grain", 75, "Wheat forecast of Orsova was off by a third"),
        "Drought misled the satellite model of the cooperative, which sold barley it did not have.",
        *("ai-safety", "climate"),
    ),
    _told(
        *("grain", 140, "Orsova publishes its harvest model"),
        "Farmers can now retrain the satellite forecast for wheat with pictures of dry years.",
        *("open-source", "llms"),
    ),
    _told(
        *("library", 8, "National library lets a model read old parish registers"),
        "Handwriting from four centuries becomes searchable; archivists at Veldhoven check it.",
        *("llms", "open-source"),
    ),
    _told(
        *("library", 66, "Genealogists find invented ancestors in Veldhoven registers"),
        "The handwriting model filled torn pages of parish registers with names that never lived.",
        *("ai-safety", "llms"),
    ),
    _told(
        *("library", 150, "Veldhoven archivists mark every guess of the model"),
        "Doubtful handwriting in the registers now shows grey, with the scan beside it.",
        *("llms", "regulation"),
    ),
    _told(
        *("bakery", 11, "Bakery chain orders flour by forecast"),
        "Kastner bakes less stale bread since a model predicts each shop's sales of rolls.",
        *("ai-agents", "climate"),
    ),
    _told(
        *("bakery", 82, "Kastner staff strike over schedules made by a model"),
        "Bakers say that the forecast of rolls sends them home in the middle of a shift.",
        *("regulation", "ai-agents"),
    ),
    _told(
        *("bakery", 155, "Bakers and Kastner agree on limits for the roster model"),
        "Shifts are fixed a week ahead, whatever the forecast of bread and rolls says.",
        *("regulation", "llms"),
    ),
    _told(
        *("alone", 158, "Choir sings from a score that nobody wrote"),
        "An evening of generated motets divides the critics.",
        *("music", "llms"),
    ),
    _told(
        *("alone", 160, "Museum guide answers children in dialect"),
        "Visitors under ten ask about dinosaurs most.",
        *("llms", "ai-safety"),
    ),
    _told(
        *("alone", 161, "Chess engine explains its moves in rhymes"),
        "Students remember openings better, their teacher says.",
        *("ai-agents", "open-source", "regulation"),
    ),
)


def ndcg(ranked: Sequence[str], storyline: str, of: int) -> float:
    """Return how well a storyline is ranked of which `of` are to be found: 1 is perfectly."""
    gains = (1 / log2(place + 2) for place, found in enumerate(ranked[:5]) if found == storyline)
    return sum(gains) / sum(1 / log2(place + 2) for place in range(of))
