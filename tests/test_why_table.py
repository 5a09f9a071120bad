"""What is stored decides alone how far an article came: a row for each stage."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.outbox import SKIPPED
from core.rules import NO_TERMS, Terms
from core.subscriptions import Following
from core.typed_time import quiet, rhythm
from core.why import Delivered, Rows, Stage, way
from tests.changes import CHANNEL
from tests.conftest import NOW
from tests.news import article_of
from tests.rule_table import ARTICLE

HOUR = timedelta(hours=1)
_STORED = replace(article_of(ARTICLE), first_seen_at=NOW)
_NOTHING = Rows(CHANNEL, _STORED)


def _follows(terms: Terms = NO_TERMS, topic: str = "llms", **more: object) -> Rows:
    has = Following({topic: terms}, address_id=1)
    known = Rows(CHANNEL, _STORED, has=has, origins={topic: (7, NOW - HOUR)})
    return replace(known, **more)  # type: ignore[arg-type]  # its own fields


def _sent(state: str, terms: Terms = NO_TERMS, *, late: int = 0, **more: object) -> Rows:
    sent = Delivered(state, NOW, NOW + late * HOUR, rule_id=7)
    return _follows(terms, delivery=replace(sent, **more))  # type: ignore[arg-type]  # its own fields


def _paused(kind: str) -> Rows:
    known = _sent("held")
    has = replace(known.has, paused_because="the channel is archived")
    return replace(known, has=has, pause_kind=kind)


_WITHDRAWN = replace(_STORED, retracted=True)
_LATER = NOW + HOUR

ROWS: dict[Stage, tuple[Rows, ...]] = {
    Stage.UNSEEN: (Rows(CHANNEL, None),),
    Stage.STORED: (replace(_NOTHING, is_news=False), _follows(is_news=False)),
    Stage.WITHDRAWN: (
        replace(_NOTHING, article=_WITHDRAWN),
        replace(_sent("dead", reason="withdrawn by the source"), article=_WITHDRAWN),
    ),
    Stage.NOTHING_FOLLOWED: (_NOTHING,),
    Stage.NO_TAG: (_follows(topic="crypto"), _follows(topic="crypto+llms")),
    Stage.LEFT_OUT: (_follows(Terms(without=("meta",))), _follows(Terms(99, without=("meta",)))),
    Stage.HEAT: (_follows(Terms(heat=61)), _follows(Terms(61, moods=("mixed",)))),
    Stage.MOOD: (_follows(Terms(moods=("positive",))),),
    Stage.CONCERNS: (_follows(Terms(concerns="none")),),
    Stage.TOO_EARLY: (_follows(origins={"llms": (7, _LATER)}),),
    Stage.CHANGED: (_follows(),),
    Stage.QUEUEING: (_follows(is_queueing=True),),
    Stage.DIGEST: (_sent("waiting", Terms(rhythm=rhythm("daily")), late=3, kept="digest"),),
    Stage.QUIET: (_sent("waiting", Terms(quiet=quiet("11-14")), late=2, kept="quiet"),),
    Stage.LIMIT: (_sent("waiting", Terms(most_a_day=1), late=9, kept="cap"),),
    Stage.ON_HOLD: (
        _sent("waiting", Terms(paused_until=_LATER), late=1, kept="quiet"),
        _sent("waiting", Terms(quiet=quiet("1-2"), paused_until=_LATER), late=1, kept="quiet"),
    ),
    Stage.PAUSED: (_paused("asked"),),
    Stage.CLOSED: (_paused("closed"), _paused("away"), _paused("left")),
    Stage.BEHIND: (_sent("behind", lead_id=3, told_first="Another"),),
    Stage.WAITING: (_sent("waiting"), _sent("held"), _sent("waiting", reason="busy")),
    Stage.SENDING: (_sent("sending"),),
    Stage.POSTED: (
        _sent("posted", posted_at=NOW),
        _sent("posted", Terms(rhythm=rhythm("daily")), kept="digest", posted_at=NOW),
        replace(_sent("posted", posted_at=NOW), article=_WITHDRAWN),
    ),
    Stage.COVERED: (_sent("covered", lead_id=3, told_first="Another"),),
    Stage.SKIPPED: (_sent("dead", reason=SKIPPED),),
    Stage.DEAD: (_sent("dead", reason="the link is blocked"),),
    Stage.EXPIRED: (_sent("expired", reason="it was no longer news"),),
    Stage.UNKNOWN: (_sent("unknown", reason="it may have been posted"),),
}
"""What is stored, and where the article's way ends."""

PASSED = {Stage.CAME, Stage.MATCHED, Stage.SPLIT_OFF, Stage.SAME_STORY}
"""The stages at which none stops."""

ALL = [pytest.param(rows, stage, id=stage) for stage, some in ROWS.items() for rows in some]


@pytest.mark.parametrize(("rows", "stage"), ALL)
def test_what_is_stored_decides_where_it_ends(rows: Rows, stage: Stage) -> None:
    assert way(rows, NOW).end.stage is stage


def test_the_table_has_every_stage() -> None:
    assert {*ROWS} | PASSED == {*Stage}


@pytest.mark.parametrize(("rows", "stage"), ALL)
def test_each_way_begins_where_it_came_in_and_has_each_stage_once(rows: Rows, stage: Stage) -> None:
    stages = [it.stage for it in way(rows, NOW).stations]

    assert stages[0] is (Stage.UNSEEN if stage is Stage.UNSEEN else Stage.CAME)
    assert len(stages) == len(set(stages))
    assert (Stage.MATCHED in stages) == (rows.delivery is not None)


def test_what_stands_below_a_story_says_so_on_its_way() -> None:
    rows = replace(_sent("posted", lead_id=3, told_first="Another"), is_split_off=True)

    told = way(rows, NOW)

    assert [it.stage for it in told.stations] == [
        *(Stage.CAME, Stage.MATCHED, Stage.SPLIT_OFF, Stage.SAME_STORY, Stage.POSTED),
    ]
    assert told.stands
    assert not told.is_coming
