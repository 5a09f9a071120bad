"""Typed words become commands."""

import pytest

from core.commands import (
    ChannelFollow,
    ChannelNotices,
    ChannelResume,
    ChannelStatus,
    ChannelUnfollow,
    Command,
    Help,
    Latest,
    Related,
    Subscribe,
    Subscriptions,
    Tags,
    Unclear,
    Unsubscribe,
    is_for_mods,
    parse,
)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("subscribe llms", Subscribe(("llms",))),
        ("  Subscribe   #llms,openai  llms-x ", Subscribe(("#llms", "openai", "llms-x"))),
        ("subscribe llms llms", Subscribe(("llms",))),
        ("subscribe", Subscribe(())),
        ("follow llms", Subscribe(("llms",))),
        ("unsubscribe", Unsubscribe(())),
        ("unfollow llms", Unsubscribe(("llms",))),
        ("subscriptions", Subscriptions()),
        ("TAGS", Tags()),
        ("latest", Latest()),
        ("latest llms", Latest("llms")),
        ("related article:12", Related("article:12")),
        ("related  Meta   employees", Related("Meta employees")),
        ("channel follow llms", ChannelFollow(("llms",))),
        ("channel unfollow", ChannelUnfollow(())),
        ("channel status", ChannelStatus()),
        ("channel", ChannelStatus()),
        ("channel resume", ChannelResume()),
        ("channel notices", ChannelNotices()),
        ("channel notices on", ChannelNotices()),
        ("channel Notices OFF", ChannelNotices(wanted=False)),
        ("channel notices perhaps", Unclear("channel notices perhaps")),
        ("channel dance", Unclear("channel dance")),
        ("help", Help()),
        ("", Help()),
        ("subscribed", Unclear("subscribed")),
        ("hello there", Unclear("hello there")),
        ("/subscribe llms", Unclear("/subscribe llms")),
    ],
)
def test_words_become_the_command_that_they_say(words: str, command: Command) -> None:
    assert parse(words) == command


def test_an_endless_list_of_tags_is_cut() -> None:
    command = parse("subscribe " + " ".join(f"t{n}" for n in range(500)))

    assert isinstance(command, Subscribe)
    assert len(command.words) == 25


def test_only_commands_about_the_channel_are_for_mods() -> None:
    assert is_for_mods(ChannelFollow(()))
    assert is_for_mods(ChannelStatus())
    assert is_for_mods(ChannelResume())
    assert is_for_mods(ChannelNotices())
    assert not is_for_mods(Subscribe(("llms",)))
