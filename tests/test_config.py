"""The configuration: defaults, errors by key and line, secrets from the environment."""

from pathlib import Path

import pytest

from core.config import ConfigError, Settings, load_secrets, load_settings, parse_settings

PATH = Path("config.toml")


def mistakes_in(written: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_settings(written, PATH)
    return str(caught.value)


def test_the_example_holds_every_setting_with_its_default() -> None:
    example = Path(__file__).parent.parent / "config.example.toml"

    assert load_settings(example) == Settings()
    written = example.read_text(encoding="utf-8")
    for section, model in Settings.model_fields.items():
        keys = getattr(model.annotation, "model_fields", {})
        for key in keys:
            assert f"\n{key} =" in written, f"{section}.{key} is not in the example"


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert load_settings(None) == Settings()


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read"):
        load_settings(tmp_path / "nowhere.toml")


def test_every_mistake_is_told_with_its_line_and_key() -> None:
    written = (
        '[posts]\nstyle = "big"\n[databse]\n[slack]\nfast = true\nseconds_between_posts = -1\n'
    )

    lines = mistakes_in(written).splitlines()

    assert sorted(line.split(": ")[0:2] for line in lines) == [
        ["config.toml:2", "posts.style"],
        ["config.toml:3", "databse"],
        ["config.toml:5", "slack.fast"],
        ["config.toml:6", "slack.seconds_between_posts"],
    ]
    assert "databse: is not a setting" in mistakes_in(written)


def test_a_mistake_in_the_second_source_names_its_line() -> None:
    written = (
        '[[sources]]\nkind = "feed"\nname = "a"\nurl = "https://a/"\n'
        '[[sources]]\nkind = "site"\nname = "b"\nurl = "ftp://b/"\n'
    )

    assert mistakes_in(written).startswith("config.toml:8: sources.1.url: ")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("x = ", "config.toml: is not TOML"),
        ('[[sources]]\nkind = "site"\nname = "a"', "config.toml:1: sources.0.url: is missing"),
        ('[[sources]]\nkind = "mail"\nname = "a"', "config.toml:1: sources.0: "),
        ('[database]\nurl = "postgresql://me:pw@h/d"', "set PGPASSWORD in the environment"),
        (
            '[[sources]]\nkind="feed"\nname="a"\nurl="https://a"\n' * 2,
            "two sources are named 'a'",
        ),
    ],
)
def test_a_mistake_is_explained(written: str, told: str) -> None:
    assert told in mistakes_in(written)


def test_a_mistake_never_shows_what_was_written() -> None:
    assert "s3cret" not in mistakes_in('[database]\nurl = "postgresql://me:s3cret@h/d"')


def test_secrets_come_from_the_environment_or_from_files(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("xoxb-1\n")

    secrets = load_secrets(
        {"THEMATA_DISCORD_TOKEN": " abc ", "THEMATA_SLACK_BOT_TOKEN_FILE": str(file), "HOME": "/"}
    )

    assert secrets.discord_token.get_secret_value() == "abc"
    assert secrets.slack_bot_token.get_secret_value() == "xoxb-1"
    assert not secrets.slack_app_token.get_secret_value()
    assert "abc" not in repr(secrets)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"THEMATA_DISCORD_TOKN": "x"}, "THEMATA_DISCORD_TOKN is not known"),
        ({"THEMATA_DISCORD_TOKEN_FILE": "/nowhere"}, "THEMATA_DISCORD_TOKEN_FILE: cannot be read"),
        ({"THEMATA_DISCORD_TOKEN": "x", "THEMATA_DISCORD_TOKEN_FILE": "/y"}, "is set twice"),
    ],
)
def test_a_secret_that_cannot_be_used_is_explained(environment: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load_secrets(environment)
