"""Untrusted text on Discord: it shows as it is, pings nobody, and leads nowhere."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from bots.discord.poster import DiscordPoster
from bots.discord.render import payload
from bots.sandbox.discord import DiscordStandIn, Limits
from bots.sandbox.discord.mentions import EVERYTHING, pings
from core.messages import (
    Buttons,
    Heading,
    Line,
    Lines,
    LinkButton,
    Message,
    Note,
    Points,
    Story,
    Text,
)
from core.posting import Address
from core.text import clean

PAGE = "https://themata.ai/news/x"
LONG = f"https://themata.ai/{'a' * 600}"

VECTORS = (
    # Mentions.
    "@everyone",
    "@here look",
    "a @everyone b",
    "<@80351110224678912>",
    "<@!80351110224678912>",
    "<@&165511591545143296>",
    "<#103735883630395392>",
    "</airhorn:816437322781949972>",
    "</a b:816437322781949972>",
    "<id:customize>",
    "<id:browse>",
    "<id:guide>",
    "<id:linked-roles>",
    "\\@everyone",
    "\\\\@everyone",
    "\\<@80351110224678912>",
    "<\\@80351110224678912>",
    "@\u200beveryone",
    "@ev\u200deryone",
    "\u202e@everyone",
    "`@everyone`",
    "||@everyone||",
    "<<@80351110224678912>>",
    # Links.
    "[openai.com](https://evil.example)",
    "[a](<https://evil.example>)",
    "[a](https://evil.example 'title')",
    "[a](https://evil.example) and [b](https://evil.example)",
    "[[a]](https://evil.example)",
    "[a\\](https://evil.example)",
    "\\[a](https://evil.example)",
    "[a]\\(https://evil.example)",
    "![a](https://evil.example/x.png)",
    "](https://evil.example)",
    "[",
    "](",
    "a] [b",
    "[x][y]",
    "https://evil.example",
    "see http://evil.example/path?q=1#f now",
    "HTTPS://EVIL.EXAMPLE",
    "<https://evil.example>",
    "www.evil.example",
    "steam://run/1",
    "mailto:a@evil.example",
    "javascript:alert(1)",
    "discord://-/channels/1",
    "discord.gg/abc",
    "https://discord.gg/abc",
    "discord.com/invite/abc",
    "discordapp.com/invite/abc",
    "dsc.gg/abc",
    "http:\\\\evil.example",
    "https:/\u200b/evil.example",
    "h\u00adttps://evil.example",
    # Formatting.
    "**bold**",
    "*italic*",
    "_italic_",
    "__underline__",
    "***all***",
    "~~struck~~",
    "||spoiler||",
    "`code`",
    "``code``",
    "```code```",
    "```py\nprint()\n```",
    "snake_case_words",
    "2 * 3 * 4",
    "5 * 3",
    "**unclosed",
    "*unclosed",
    "`unclosed",
    "```unclosed",
    "||unclosed",
    "~~unclosed",
    "__unclosed",
    "unopened**",
    "unopened||",
    "a | b || c",
    "~5 percent ~~ more",
    "ends in a backslash\\",
    "ends in two\\\\",
    "\\",
    "\\\\\\",
    "\\*a\\*",
    "\\\\*a\\\\*",
    "¯\\_(ツ)_/¯",
    # Blocks.
    "# heading",
    "## heading",
    "### heading",
    "  # heading",
    "-# small",
    "> quote",
    ">>> quote",
    " > quote",
    "- item",
    "* item",
    "+ item",
    "  - item",
    "1. item",
    "10. item",
    "1) item",
    "2026. item",
    "-5 percent",
    "---",
    "===",
    "a\n# heading",
    "a\n- item",
    "a\n> quote",
    "a\r\n## heading",
    "a\u2028# heading",
    "a\u0085# heading",
    "a\x0b# heading",
    "- # heading in an item",
    "> # heading in a quote",
    # Times, pictures.
    "<t:0>",
    "<t:1618953630:R>",
    "<t:1618953630:S>",
    "<:kappa:80351110224678912>",
    "<a:kappa:80351110224678912>",
    ":skull:",
    ":a::b:",
    "::skull::",
    "<sound:1:2>",
    # What the eye does not see, or sees wrongly.
    "\u202eevil",
    "\u2066evil\u2069",
    "a\u200bb\u200cc\ufeffd",
    "\U000e0041\U000e0042tags",
    "nul\x00 and \x1b[31m red",
    "z\u0351\u0352\u0353\u0354\u0355\u0356\u0357algo",
    "line\n" * 9,
    "<b>html</b> &lt;i&gt; &amp;",
    "{placeholder} %s {0}",
    "$x^2$",
)

_MARKUP = re.compile(
    r"""
      (?P<shown>\\[^0-9A-Za-z\s])
    | (?P<block>^(?:\#{1,3}\ |-\#\ |>>>\ |>\ |\ *[-*+]\ |\ *\d+\.\ ))
    | (?P<link>\[[^\]\n]*\]\([^)\n]*\))
    | (?P<angle><(?:https?://|@|\#|/|t:|a?:|id:)[^>\n]*>)
    | (?P<address>\b[a-z][a-z0-9+.-]*://\S+|\bdiscord(?:app)?\.(?:gg|com/invite)/\S+|\bwww\.\S+)
    | (?P<ping>@everyone|@here)
    | (?P<emoji>:[^\s:]+:)
    | (?P<format>\*{1,3}|_{1,2}|~~|\|\||`+)
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)


def read(content: str) -> tuple[list[str], str]:
    """Return what Discord would obey in `content`, and what it would show as words."""
    obeyed = [m[0] for m in _MARKUP.finditer(content) if m.lastgroup != "shown"]
    words = _MARKUP.sub(lambda m: m[0][1] if m.lastgroup == "shown" else "", content)
    return obeyed, words


PLACES: dict[str, Callable[[str], Message]] = {
    "heading": lambda text: Message((Heading(text),)),
    "text": lambda text: Message((Text(text),)),
    "note": lambda text: Message((Note((text, "fact", text)),)),
    "points": lambda text: Message((Points(text, (text, "point")),)),
    "story": lambda text: Message((Story(text, text, (text, "fact"), (text,)),)),
    "facts of a line": lambda text: Message((Lines((Line("a", PAGE, (text,)),), text),)),
    "line without a link": lambda text: Message((Lines((Line(text, None), Line(text, None))),)),
    "button's address": lambda text: Message((Text("a"), Buttons((LinkButton(text, LONG, text),)))),
}


def contents(message: Message) -> str:
    parts: list[dict[str, Any]] = payload(message)["components"][0]["components"]
    return "\n".join(part["content"] for part in parts if "content" in part)


def test_the_corpus_is_large() -> None:
    assert len(set(VECTORS)) >= 100


@pytest.mark.parametrize("vector", VECTORS)
def test_only_our_own_markup_is_obeyed(vector: str) -> None:
    for name, place in PLACES.items():
        harmless, _ = read(contents(place("words")))

        obeyed, words = read(contents(place(vector)))

        assert obeyed == harmless, name
        assert contents(place(vector)).count("](") == contents(place("words")).count("]("), name
        assert clean(vector) in " ".join(words.split()), name


@pytest.mark.parametrize("vector", VECTORS)
def test_a_title_cannot_break_out_of_its_link(vector: str) -> None:
    shown = contents(Message((Lines((Line(vector, PAGE, ("fact",)),)),)))

    obeyed, words = read(shown.replace(f"]({PAGE})", "").removeprefix("["))

    assert (obeyed, shown.count("](")) == ([], 1)
    assert words == f"{clean(vector).translate(str.maketrans('[]', '()'))} · fact"


@pytest.mark.parametrize("vector", VECTORS)
def test_nobody_is_pinged(vector: str) -> None:
    for place in PLACES.values():
        body = payload(place(vector))
        assert pings([contents(place(vector))], body["allowed_mentions"], EVERYTHING) == ()
        assert body["allowed_mentions"] == {"parse": []}


async def test_what_stands_on_discord_pings_nobody_and_leads_only_to_our_pages() -> None:
    async with (
        DiscordStandIn(limits=Limits.off()) as discord,
        DiscordPoster(discord.token, api_url=discord.api_url, requests_per_second=0) as poster,
    ):
        channel = discord.add_channel(discord.add_guild("Acme"), "ai-news")
        address = Address("discord", channel.guild_id, channel.id)
        for vector in VECTORS:
            parts = (part for place in PLACES.values() for part in place(vector).parts)
            linked = Lines((Line(vector, PAGE), Line(vector, PAGE)))
            await poster.post(address, Message((*parts, linked)), key=vector)
        standing = discord.messages(channel)

    obeyed = {markup for message in standing for markup in read(message.text)[0]}
    targets = {markup.rpartition("](")[2].strip("<>)") for markup in obeyed if "://" in markup}
    assert len(standing) == len(VECTORS)
    assert {message.pings for message in standing} == {()}
    assert targets == {PAGE, LONG}
