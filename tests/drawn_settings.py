"""Settings of channels, drawn at random."""

from datetime import timedelta

from hypothesis import strategies as st

from core.localtime import Quiet, Rhythm
from core.rules import EVERYTHING, MOODS, Terms, topic
from core.settings import Settings
from tests.conftest import NOW

_TAGS = st.sampled_from(("llms", "agents", "data-privacy", "meta", "日本語", "true"))
_TOPICS = st.one_of(
    st.just(EVERYTHING), st.lists(_TAGS, min_size=1, max_size=3, unique=True).map(topic)
)
_MINUTES = st.integers(0, 1439)
_RHYTHMS = st.one_of(
    st.builds(Rhythm, st.sampled_from(("daily", "weekdays")), _MINUTES),
    st.builds(Rhythm, st.just("weekly"), _MINUTES, st.integers(0, 6)),
)
_QUIET = st.lists(_MINUTES, min_size=2, max_size=2, unique=True).map(lambda it: Quiet(*it))
# A pause that is over is none.
_MOMENTS = st.integers(1, 10**8).map(lambda it: NOW + timedelta(seconds=it))
_TERMS = st.builds(
    Terms,
    heat=st.integers(0, 100),
    moods=st.sets(st.sampled_from(MOODS)).map(lambda it: tuple(m for m in MOODS if m in it)),
    concerns=st.sampled_from(("", "some", "none")),
    without=st.sets(st.sampled_from(("crypto", "spam.example", "a.b.c", "openai"))).map(
        lambda it: tuple(sorted(it))
    ),
    style=st.sampled_from(("", "line", "card", "full")),
    mention=st.sampled_from(("", "118730126411823929", "S0AB")),
    rhythm=st.none() | _RHYTHMS,
    quiet=st.none() | _QUIET,
    most_a_day=st.integers(0, 999),
    minutes=st.integers(0, 999),
    threads=st.booleans(),
    related=st.booleans(),
    paused_until=st.none() | _MOMENTS,
)


@st.composite
def channel_settings(draw: st.DrawFn) -> Settings:
    """Draw all that can be set for a channel."""
    is_paused = draw(st.booleans())
    return Settings(
        rules=draw(st.dictionaries(_TOPICS, _TERMS, max_size=6)),
        zone=draw(st.sampled_from(("", "UTC", "Europe/Berlin", "Australia/Lord_Howe"))),
        managers=draw(st.sampled_from(("", "anyone", "118730126411823929", "S0AB"))),
        crosspost=draw(st.booleans()),
        log=draw(st.booleans()),
        paused=is_paused,
        paused_until=draw(st.none() | _MOMENTS) if is_paused else None,
    )
