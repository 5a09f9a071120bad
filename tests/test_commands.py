"""Typed words become commands."""

import pytest

from core.commands import (
    ChannelExport,
    ChannelFollow,
    ChannelHistory,
    ChannelLog,
    ChannelResume,
    ChannelStatus,
    ChannelUndo,
    ChannelUnfollow,
    Command,
    Help,
    Latest,
    Privacy,
    PrivacyServer,
    Related,
    RelatedTo,
    Share,
    Subscribe,
    Subscriptions,
    Tags,
    Unclear,
    Unsubscribe,
    is_for_mods,
    parse,
    parse_mention,
    related_to,
)
from core.posting import Address


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
        ("channel notices", ChannelLog()),
        ("channel log", ChannelLog()),
        ("channel log off", ChannelLog(wanted=False)),
        ("channel log perhaps", Unclear("channel log perhaps")),
        ("channel history", ChannelHistory()),
        ("channel history page:2 upto:57", ChannelHistory("page:2 upto:57")),
        ("channel undo", ChannelUndo()),
        ("channel undo #12", ChannelUndo(12)),
        ("channel undo it", Unclear("channel undo it")),
        ("channel export", ChannelExport()),
        ("privacy", Privacy()),
        ("privacy Export", Privacy("export")),
        ("privacy delete yes", Privacy("delete yes")),
        ("privacy server", PrivacyServer()),
        ("privacy server delete", PrivacyServer("delete")),
        ("privacy everyone", Unclear("privacy everyone")),
        ("channel notices on", ChannelLog()),
        ("channel Notices OFF", ChannelLog(wanted=False)),
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
    assert is_for_mods(ChannelLog())
    assert not is_for_mods(Subscribe(("llms",)))


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("share openai ipo", Share("openai ipo")),
        ("share article:12", Share("article:12")),
        ("share below:1700.01 article:12", Share("article:12", "1700.01")),
        ("share below:1187301264118239299 openai", Share("openai", "1187301264118239299")),
        ("share below:@everyone openai", Share("below:@everyone openai")),
        ("share below: openai", Share("below: openai")),
        ("share", Share("")),
    ],
)
def test_a_share_names_what_and_below_which_message(words: str, meant: Share) -> None:
    assert parse(words) == meant


POSTS = (Address("slack", "1", "10", "1700.01"),)


@pytest.mark.parametrize(
    ("words", "posts", "meant"),
    [
        ("", POSTS, RelatedTo(POSTS)),
        ("related", POSTS, RelatedTo(POSTS)),
        ("Related?", POSTS, RelatedTo(POSTS)),
        ("", (), Help()),
        ("related", (), Related("")),
        ("related openai ipo", POSTS, Related("openai ipo")),
        ("what of https://a.example/b?", POSTS, RelatedTo((), ("https://a.example/b",))),
        ("share openai", POSTS, Related("openai")),
        ("help", POSTS, Help()),
        ("thanks a lot", POSTS, Unclear("thanks a lot")),
        ("subscribe llms", POSTS, Subscribe(("llms",))),
    ],
)
def test_what_is_said_to_the_bot_below_a_post_is_read(
    words: str, posts: tuple[Address, ...], meant: Command
) -> None:
    assert parse_mention(words, posts) == meant


def test_of_a_message_its_first_words_are_kept_and_each_name_once() -> None:
    said = f"see https://a.example/b for \u202e{'many words ' * 20}"

    asked = related_to(POSTS, ["article:1", "https://a.example/b", "article:1"], said)

    assert asked.names == ("article:1", "https://a.example/b")
    assert asked.words == "see for many words many words many words many"
