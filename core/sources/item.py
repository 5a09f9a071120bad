"""An article as JSON: an item of a JSON Feed, with the other fields under `_themata`."""

from datetime import datetime
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)

from core.sources import Draft, NamedStory, SourceError
from core.sources.dates import read_date
from core.sources.drafts import harmless, oldest_first
from core.sources.markup import decoded, words_of
from core.sources.page import Page

_MOST_ITEMS = 500


def _moment(value: object) -> object:
    if value in {None, ""}:
        return None
    moment = read_date(value) if isinstance(value, str) else None
    if moment is None:
        raise ValueError("this is no date: write 2026-06-22 or 2026-06-22T14:03:00Z")
    return moment


def _or_nothing(value: object) -> object:
    return "" if value is None else value


def _as_name(value: object) -> object:
    """Return the text of an id: some write a number, and none is worth an article."""
    return str(value) if isinstance(value, str | int | float) else ""


Words = Annotated[str, BeforeValidator(_or_nothing)]
Name = Annotated[str, BeforeValidator(_as_name)]
Points = tuple[str, ...] | None
Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Named(_Form):
    title: str
    dek: Words = ""
    url: Words = ""
    date_published: Moment = None


class _Item(_Form):
    id: Name = ""
    title: Words = ""
    url: Words = ""
    external_url: Words = ""
    summary: Words = ""
    content_text: Words = ""
    content_html: Words = ""
    image: Words = ""
    banner_image: Words = ""
    date_published: Moment = None
    tags: Points = None
    dek: Words = ""
    takeaways: Points = None
    sentiment: Words = ""
    positives: Points = None
    concerns: Points = None
    heat: Annotated[int | None, Field(ge=0, le=100)] = None
    reading_minutes: Annotated[int | None, Field(ge=0, le=999)] = None
    source_domain: Words = ""
    related: tuple[_Named, ...] | None = None
    retracted: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _opened(cls, data: object) -> object:
        """Put what stands under `_themata` beside the rest: one form, nested or not."""
        inner = data.get("_themata") if isinstance(data, dict) else None
        return {**data, **inner} if isinstance(data, dict) and isinstance(inner, dict) else data


class _JsonFeed(_Form):
    version: str
    items: list[JsonValue]


def read_json(body: bytes, address: str) -> Page:
    """Return the article in the JSON object `body`; without its own address it is at `address`.

    Raises `SourceError` that names the field that is wrong.
    """
    try:
        return Page(_draft(_Item.model_validate_json(decoded(body)), address, address))
    except ValidationError as error:
        raise SourceError(f"{address}: {_told(error)}") from error


def read_json_feed(body: bytes, address: str) -> tuple[tuple[Draft, ...], tuple[str, ...]]:
    """Return the articles of a JSON Feed, at most 500, oldest first, and what could not be read.

    Raises `SourceError` if it is no JSON Feed.
    """
    try:
        feed = _JsonFeed.model_validate_json(decoded(body))
    except ValidationError as error:
        raise SourceError(f"{address} is not a JSON Feed: {_told(error)}") from error
    drafts, problems = [], []
    for at, item in enumerate(feed.items[:_MOST_ITEMS], 1):
        try:
            drafts.append(_draft(_Item.model_validate(item), address))
        except ValidationError as error:
            problems.append(f"{address}, item {at}: {_told(error)}")
        except SourceError as error:
            problems.append(f"{error} (item {at})")
    return oldest_first(reversed(drafts)), tuple(problems)


def _draft(item: _Item, base: str, otherwise: str = "") -> Draft:
    told = item.summary or item.content_text
    draft = Draft(
        title=item.title,
        url=item.url or otherwise or item.external_url,
        dek=item.dek,
        summary=told or words_of(item.content_html),
        takeaways=item.takeaways or (),
        sentiment=item.sentiment,
        positives=item.positives or (),
        concerns=item.concerns or (),
        heat=item.heat,
        tags=item.tags or (),
        reading_minutes=item.reading_minutes,
        source_domain=item.source_domain,
        original_url=item.external_url,
        image_url=item.image or item.banner_image,
        published_at=item.date_published,
        related=tuple(map(_named, item.related or ())),
        guid=item.id,
        retracted=item.retracted or False,
    )
    return harmless(draft, base)


def _named(story: _Named) -> NamedStory:
    return NamedStory(story.title, story.dek, story.url, story.date_published)


def _told(error: ValidationError) -> str:
    """Return the first thing that is wrong: where, and what."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    what = first["msg"].removeprefix("Value error, ")
    return f"{where}: {what}" if where else what
