"""The configuration: choices from a TOML file, secrets from the environment, errors by key."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails

Style = Literal["line", "card", "full"]

DEFAULT_PATH = Path("config.toml")
POPULAR_TAGS = (
    "developer-tools",
    "ai-agents",
    "llms",
    "claude",
    "ai-ethics",
    "code-generation",
    "ai-safety",
    "openai",
    "anthropic",
    "discussion",
    "meta",
    "ai-training",
    "data-privacy",
    "employee-monitoring",
)


class ConfigError(Exception):
    """The configuration cannot be used. One line for each mistake, each naming its key."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class SiteSettings(_Section):
    """A Themata site, read from its front page or a page of one tag."""

    kind: Literal["site"]
    name: str = Field(min_length=1)
    url: str = Field(pattern="^https?://")
    every_minutes: float = Field(default=5, gt=0)


class FeedSettings(_Section):
    """An RSS, Atom or JSON feed."""

    kind: Literal["feed"]
    name: str = Field(min_length=1)
    url: str = Field(pattern="^https?://")
    every_minutes: float = Field(default=5, gt=0)


class FolderSettings(_Section):
    """A folder of saved article pages."""

    kind: Literal["folder"]
    name: str = Field(min_length=1)
    path: Path
    address: str = Field(default="https://themata.ai/news/", pattern="^https?://")
    every_minutes: float = Field(default=5, gt=0)


SourceSettings = Annotated[
    SiteSettings | FeedSettings | FolderSettings, Field(discriminator="kind")
]


class DatabaseSettings(_Section):
    """Where everything is stored."""

    url: str = "sqlite:///themata.db"

    @field_validator("url")
    @classmethod
    def _holds_no_password(cls, url: str) -> str:
        if re.search(r"//[^/@]*:[^/@]+@", url):
            raise ValueError("holds a password; set PGPASSWORD in the environment instead")
        return url


class PostsSettings(_Section):
    """How articles are posted."""

    style: Style = "card"
    newest_of_a_new_source: bool = False


class DeliverySettings(_Section):
    """What is done about what cannot be delivered."""

    on_unknown: Literal["skip", "resend"] = "skip"
    purge_after_days: int = Field(default=30, ge=1)
    purge_on_leave: bool = False


class TagsSettings(_Section):
    """The tags that are known from the start, and other words for them."""

    known: tuple[str, ...] = POPULAR_TAGS
    aliases: Mapping[str, str] = Field(
        default_factory=lambda: {"llm": "llms", "agents": "ai-agents"}
    )


class FetchSettings(_Section):
    """How sources are read."""

    allow_private_addresses: bool = False
    timeout_seconds: float = Field(default=15, gt=0, le=120)


class DiscordSettings(_Section):
    """The bot on Discord."""

    requests_per_second: int = Field(default=50, ge=0)
    api_url: str = "https://discord.com/api/v10"
    gateway_url: str = ""


class SlackSettings(_Section):
    """The bot on Slack."""

    seconds_between_posts: float = Field(default=1.01, ge=0)
    settle_seconds: float = Field(default=30, ge=0)
    api_url: str = "https://slack.com/api/"


class LogSettings(_Section):
    """What the program says about itself."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    form: Literal["text", "json"] = "text"


class Settings(_Section):
    """Every choice that the operator can make."""

    database: DatabaseSettings = DatabaseSettings()
    posts: PostsSettings = PostsSettings()
    delivery: DeliverySettings = DeliverySettings()
    tags: TagsSettings = TagsSettings()
    fetch: FetchSettings = FetchSettings()
    discord: DiscordSettings = DiscordSettings()
    slack: SlackSettings = SlackSettings()
    log: LogSettings = LogSettings()
    sources: tuple[SourceSettings, ...] = (
        SiteSettings(kind="site", name="themata", url="https://themata.ai/"),
    )

    @field_validator("sources")
    @classmethod
    def _have_one_name_each(cls, sources: tuple[SourceSettings, ...]) -> tuple[SourceSettings, ...]:
        names = [source.name for source in sources]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two sources are named {name!r}")
        return sources


class Secrets(_Section):
    """What only the environment may hold. An empty secret is one that is not set."""

    discord_token: SecretStr = SecretStr("")
    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")


def load_settings(path: Path | None) -> Settings:
    """Return the settings in the file at `path`, else in `config.toml` if there is one.

    Raises `ConfigError`.
    """
    if path is None and not DEFAULT_PATH.exists():
        return Settings()
    path = path or DEFAULT_PATH
    try:
        written = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    return parse_settings(written, path)


def parse_settings(written: str, path: Path) -> Settings:
    """Return the settings that stand in `written`. Raises `ConfigError` that names `path`."""
    try:
        return Settings.model_validate(tomllib.loads(written))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {error}") from error
    except ValidationError as error:
        lines = dict(lines_of_keys(written))
        mistakes = (_mistake(path, lines, detail) for detail in error.errors())
        raise ConfigError("\n".join(mistakes)) from error


def load_secrets(environment: Mapping[str, str]) -> Secrets:
    """Return the secrets in `THEMATA_…`, or in the files that `THEMATA_…_FILE` name.

    Raises `ConfigError` for a file that cannot be read, and for a variable that is not known.
    """
    known = {f"THEMATA_{name.upper()}": name for name in Secrets.model_fields}
    found: dict[str, str] = {}
    for variable in sorted(v for v in environment if v.startswith("THEMATA_")):
        name = known.get(variable.removesuffix("_FILE"))
        if name and name in found:
            raise ConfigError(f"{variable.removesuffix('_FILE')} is set twice, also as a file")
        if name:
            found[name] = _secret(variable, environment[variable])
        elif variable not in _OTHER_VARIABLES:
            raise ConfigError(f"{variable} is not known; known are {', '.join(known)}")
    return Secrets.model_validate(found)


# The tests' own database is named in the environment too.
_OTHER_VARIABLES = {"THEMATA_TEST_POSTGRES"}
_TABLE = re.compile(r"\s*\[(\[)?\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"\s*([\w-]+)\s*=")


def _secret(variable: str, value: str) -> str:
    if not variable.endswith("_FILE"):
        return value.strip()
    try:
        return Path(value).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{variable}: cannot be read: {error.strerror}") from error


def lines_of_keys(written: str) -> Iterator[tuple[str, int]]:
    """Give each key as pydantic names it, `sources.0.url`, with its line."""
    table, counts = "", dict[str, int]()
    for number, line in enumerate(written.splitlines(), start=1):
        if header := _TABLE.match(line):
            table = _numbered(header[2].split("."), counts, is_one_more=bool(header[1]))
            yield table, number
        elif key := _KEY.match(line):
            yield f"{table}.{key[1]}".removeprefix("."), number


def _numbered(names: list[str], counts: dict[str, int], *, is_one_more: bool) -> str:
    """Return the table of these names with the numbers of those that are listed, inner ones too."""
    path = ""
    for place, name in enumerate(names, start=1):
        path = f"{path}.{name}".removeprefix(".")
        if is_one_more and place == len(names):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}.{counts[path]}"
    return path


def _mistake(path: Path, lines: Mapping[str, int], detail: ErrorDetails) -> str:
    # pydantic puts the chosen kind of a source in the path: sources.0.site.url.
    words = [str(part) for i, part in enumerate(detail["loc"]) if not _is_kind(detail["loc"], i)]
    key = ".".join(words)
    line = line_of(key, lines)
    return f"{path}{f':{line}' if line else ''}: {key}: {what_is_wrong(detail)}"


def line_of(key: str, lines: Mapping[str, int]) -> int | None:
    """Return the line of `key`, or of what it stands in; nothing if neither is known."""
    words = key.split(".")
    return next((lines[it] for it in _upwards(words) if it in lines), None)


def what_is_wrong(detail: ErrorDetails) -> str:
    """Return what pydantic found to be wrong, without what was given."""
    return _SENTENCES.get(detail["type"], detail["msg"].removeprefix("Value error, "))


_SENTENCES = {"extra_forbidden": "is not a setting", "missing": "is missing"}


def _is_kind(loc: tuple[Any, ...], at: int) -> bool:
    return loc[0] == "sources" and at == 2  # noqa: PLR2004 (sources, its number, its kind)


def _upwards(words: list[str]) -> Iterator[str]:
    for length in range(len(words), 0, -1):
        yield ".".join(words[:length])
