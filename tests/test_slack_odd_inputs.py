"""Whatever is typed that is no command is answered on Slack with what can be typed."""

import logging

import pytest

from core.db import Database
from tests.slackdesk import office

ODD = (
    "",
    " ",
    "   \t  ",
    "\n",
    "\n\n\n",
    "help",
    "HELP",
    "Help",
    "  help  ",
    "help me please",
    "help\u200b",
    "\u200b",
    "\u200d",
    "\ufeff",
    "\u2060help",
    "\u202ehelp",
    "🙂",
    "🙂🙂🙂 🔥",
    ":wave:",
    "?",
    "!",
    "…",
    '"',
    '""',
    "''",
    "\u201chelp\u201d",
    '"subscribe llms"',
    "`help`",
    "*help*",
    "_help_",
    "> help",
    "<",
    "<>",
    "&amp;",
    "<script>alert(1)</script>",
    "; drop table addresses; --",
    "' or 1=1 --",
    "%s %d {0} {prefix}",
    "../../etc/passwd",
    "\\",
    "\\n",
    "/themata help",
    "/subscribe llms",
    "--help",
    "-h",
    "0",
    "-1",
    "1e309",
    "null",
    "None",
    "subscribellms",
    "subscribe:llms",
    "unsub",
    "dance",
    "DANCE WITH ME",
    "hilfe",
    "ヘルプ",
    "مساعدة",
    "עזרה",
    "помощь",
    "line one\nline two",
    "apart",
    "channels",
    "channel dance",
    "CHANNEL DANCE",
    "channel \U0001f600",
    "channel notices perhaps",
    "x" * 3000,
    "é" * 1000,
    "word " * 500,
    "\U0001d559\U0001d556\U0001d55d\U0001d561",
    "e\u0301" * 50,
)


@pytest.mark.mostly_one_database
async def test_whatever_is_no_command_is_answered_with_what_can_be_typed(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with office(database) as work:
        direct = work.slack.direct_messages(work.mia)
        for place in (work.channel, direct):
            for typed in ODD:
                answer = await work.slack.type_command(work.mia, place, "/themata", typed)
                assert "What you can type" in answer.messages[0].text, typed

    assert [it for it in caplog.records if it.levelno >= logging.WARNING] == []


@pytest.mark.mostly_one_database
async def test_the_same_is_answered_to_who_mentions_the_bot(database: Database) -> None:
    async with office(database) as work:
        for typed in ODD:
            answer = await work.slack.mention(work.mia, work.channel, typed)
            assert "What you can type" in answer.messages[0].text, typed
            assert answer.messages[0].seen_by == work.mia.id
