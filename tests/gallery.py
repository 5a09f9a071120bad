"""Every message that the bot can send, by name: a new one is one entry here.

Names begin with the function of `core.compose` that makes the message.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from itertools import cycle

from bots.discord import callers as on_discord
from bots.slack import callers as on_slack
from core import compose
from core.articles import Article
from core.compose import CHANNEL, HERE, MEMBER, Digest, Form, Step
from core.config import Style
from core.forecast import Forecast
from core.grammar import Mistake
from core.localtime import Quiet, Rhythm
from core.messages import Message
from core.outbox import Traffic
from core.pauses import Closed
from core.posting import Address, Platform
from core.related import RelatedStory, Why
from core.rights import ANYONE, Action, Denied, Fix, Reason, Standing
from core.rules import NO_TERMS, Rules, Terms
from core.seals import Foreign, Older
from core.search import Asked
from core.subscriptions import Following
from core.trending import Trends
from tests import gallery_history, gallery_privacy, gallery_settings
from tests.gallery_apps import APPS
from tests.gallery_channels import CHANNELS
from tests.gallery_home import HOMES
from tests.gallery_parts import MESSAGES
from tests.gallery_why import WHY
from tests.news import NOW, RELATED, TITLE
from tests.samples import BARE, PICTURED, REAL, day, longest
from tests.trends import RISES, TRENDS, page, pictured, told


@dataclass(frozen=True)
class Place:
    """What a platform's messages say that others do not."""

    platform: Platform
    prefix: str
    right: str
    step: str
    channel: str
    """How its channels' ids begin."""
    role: str
    people: tuple[str, ...]
    name: str = "ada"
    """What a person is called where their id would notify them."""

    @property
    def right_of_admins(self) -> str:
        """Return what one needs to change what is set for the whole workspace."""
        of_admins = {"discord": on_discord.RIGHT_OF_ADMINS, "slack": on_slack._RIGHT_OF_ADMINS}
        return of_admins[self.platform]

    def closed(self, many: int) -> list[Closed]:
        """Return channels that are closed to the bot."""
        ids = (f"{self.channel}{n}" for n in range(10, 10 + many))
        why = ("the channel is archived", "I may not send messages there", "the channel is gone")
        return [
            Closed(n, Address(self.platform, "1", channel), why[n % 3], NOW)
            for n, channel in enumerate(ids)
        ]


PLACES = {
    "discord": Place(
        "discord",
        "/",
        on_discord.RIGHT,
        on_discord._STEP,
        "11873012641182392",
        "1187301264118239299",
        ("118730126411823931", "118730126411823932"),
        name="",
    ),
    "slack": Place(
        "slack",
        on_slack.PREFIX,
        on_slack._RIGHT,
        on_slack._STEP,
        "C00000000",
        "S0AB",
        ("U0MIA", "U0ADA"),
    ),
    "text": Place(
        "slack", "/", on_slack._RIGHT, on_slack._STEP, "C00000000", "S0AB", ("U0MIA", "U0ADA")
    ),
}

Entry = Callable[[Place], Message]

TODAY = date(2026, 6, 22)
MORNING = Terms(rhythm=Rhythm("daily", 8 * 60))
PICKY = Terms(
    heat=60, moods=("negative", "mixed"), concerns="some", without=("crypto", "spam.example")
)
PAUSED = Terms(paused_until=NOW + timedelta(days=7))
BUSY = Terms(style="line", quiet=Quiet(22 * 60, 7 * 60), most_a_day=8)
SEVERAL: Rules = {
    "llms": NO_TERMS,
    "openai": NO_TERMS,
    "agents+meta": PICKY,
    "*": Terms(heat=90, rhythm=Rhythm("weekly", 9 * 60, 4)),
}
MANY: Rules = dict.fromkeys(("agents", "audio", "chips", "llms", "meta", "openai"), NO_TERMS)
WEEK = Forecast(23, (60, 6))
SHUT = "you take no direct messages from apps"
LONG_TAGS = tuple(f"{'retrieval-augmented-generation-of-'}{n:016}" for n in range(3))


def _followed(
    voice: compose.Voice, after: Rules, before: Rules | None = None, brought: Forecast = WEEK
) -> Entry:
    """Return the answer to who followed `after`, all of it that was not followed so `before`."""
    had = before or {}
    named = [topic for topic in after if had.get(topic) != after[topic]] or list(after)
    step = Step(had, {**had, **after}, named, "Europe/Berlin")
    return lambda at: compose.follows(voice, step, brought, prefix=at.prefix)


def _left(voice: compose.Voice, before: Rules, *gone: str) -> Entry:
    left = sorted(set(before) - set(gone))
    return lambda at: compose.no_longer_follows(voice, before, gone, left, prefix=at.prefix)


def _has(rules: Rules, because: str = "", *, by_itself: bool = False) -> Following:
    paused_at = NOW if because else None
    return Following(rules, because or None, 1, paused_at, by_itself, "Europe/Berlin")


def _subscriptions(has: Following) -> Entry:
    return lambda at: compose.subscriptions(has, NOW, prefix=at.prefix)


def _status(has: Following, traffic: Traffic) -> Entry:
    return lambda at: compose.channel_status(has, traffic, prefix=at.prefix)


def _denied(reason: Reason, action: Action, *, by_role: bool = False, ask: bool = False) -> Entry:
    def entry(at: Place) -> Message:
        fix = Fix(Standing.MOD, at.role if by_role else "", at.people[1] if ask else "")
        why = Denied(reason, fix)
        return compose.denied(why, action, at.right, at.right_of_admins, at.people[0])

    return entry


def _managed_by(who: Callable[[Place], str], *, undo: str = "") -> Entry:
    return lambda at: compose.managed_by(who(at), changed=bool(undo), undo=undo, prefix=at.prefix)


def _misunderstood(understood: Sequence[str], *mistakes: Mistake) -> Entry:
    return lambda at: compose.misunderstood(mistakes, understood, MEMBER, prefix=at.prefix)


def _unknown_tag(typed: str, *near: str, verb: str = "subscribe") -> Entry:
    return lambda at: compose.unknown_tags([Mistake(typed, near)], verb=verb, prefix=at.prefix)


def _digest(articles: Sequence[Article], quiet: int = 0, capped: int = 0) -> Entry:
    return lambda _: compose.digest(articles, Digest(TODAY, quiet, capped))


def _told(articles: Sequence[Article], style: Style) -> Entry:
    return lambda _: compose.told(articles, Form(style, to_member=True))


def _and(first: Entry, then: Entry) -> Entry:
    return lambda at: Message(first(at).parts + then(at).parts)


def _withdrawn(article: Article) -> Article:
    return replace(article, retracted=True)


def _stories(many: int) -> list[RelatedStory]:
    """Return related stories, the last of which is only named by the page."""
    pages = [f"https://themata.ai/news/{n}" for n in range(1, many)]
    days = [NOW - timedelta(days=n) for n in range(1, many)]
    known = zip(RELATED, pages, days, strict=False)
    named = RelatedStory(RELATED[many - 1], "", None, Why("named"))
    near = zip(known, cycle(_WHYS), strict=False)
    return [*(RelatedStory(*told, why) for told, why in near), named]


_WHYS = (
    Why("earlier"),
    Why("name", "Superintelligence Labs"),
    Why("tag", "data-privacy"),
    Why("alike"),
)
_LATELY = Traffic(NOW, 0)
ALSO = replace(REAL, also=("theverge.com", "wired.com", "reuters.com", "heise.de", "a.b", "c.d"))

POSTS: dict[str, Entry] = {
    "post-line": lambda _: compose.post([REAL], "line"),
    "post-card": lambda _: compose.post([REAL], "card"),
    "post-full": lambda _: compose.post([REAL], "full"),
    "post-card-with-image": lambda _: compose.post([PICTURED], "card"),
    "post-full-with-image": lambda _: compose.post([PICTURED], "full"),
    "post-line-bare": lambda _: compose.post([BARE], "line"),
    "post-card-bare": lambda _: compose.post([BARE], "card"),
    "post-full-bare": lambda _: compose.post([BARE], "full"),
    "post-line-withdrawn": lambda _: compose.post([_withdrawn(REAL)], "line"),
    "post-card-withdrawn": lambda _: compose.post([_withdrawn(REAL)], "card"),
    "post-full-withdrawn": lambda _: compose.post([_withdrawn(REAL)], "full"),
    "post-line-also-covered": lambda _: compose.post([ALSO], "line"),
    "post-card-also-covered": lambda _: compose.post([ALSO], "card"),
    "post-full-also-covered": lambda _: compose.post([ALSO], "full"),
    "post-several-also-covered": lambda _: compose.post([ALSO, *day(2)], "card"),
    "also": lambda _: compose.also(REAL),
    "also-bare": lambda _: compose.also(BARE),
    "also-long": lambda _: compose.also(longest()),
    "also-withdrawn": lambda _: compose.also(_withdrawn(REAL)),
    "related-below": lambda _: compose.related_below(_stories(4)),
    "post-several": lambda _: compose.post(day(6), "card"),
    "post-several-withdrawn": lambda _: compose.post([_withdrawn(day(1)[0]), BARE], "card"),
    "post-catch-up": lambda _: compose.post(day(24), "card"),
    "post-card-long": lambda _: compose.post([longest()], "card"),
    "post-full-long": lambda _: compose.post([longest()], "full"),
    "post-several-long": lambda _: compose.post([longest(n) for n in range(1, 11)], "card"),
    "post-catch-up-long": lambda _: compose.post([longest(n) for n in range(1, 21)], "card"),
    "digest-long": _digest([longest(n) for n in range(1, 21)], quiet=4, capped=5),
    "digest-one": _digest(day(1)),
    "digest-ten": _digest(day(10)),
    "digest-more": _digest(day(12)),
    "digest-from-quiet-hours": _digest(day(3), quiet=2),
    "digest-over-the-limit": _digest(day(12), capped=5),
    "digest-from-quiet-hours-over-the-limit": _digest(day(12), quiet=4, capped=5),
    "digest-without-tags": _digest([BARE]),
    "digest-withdrawn": _digest([_withdrawn(day(1)[0]), *day(4)[1:]]),
    "digest-also-covered": _digest([ALSO, *day(4)]),
    "digest-in-ten-minutes": lambda _: compose.digest(day(12), Digest(TODAY, minutes=10)),
    "mentioning": lambda at: compose.mentioning(
        (at.role,), compose.post([BARE], "card"), pings=True
    ),
    "called": lambda at: compose.called(at.people),
    "told-to-a-member": _told(day(1), "card"),
    "told-to-a-member-line": _told(day(1), "line"),
    "told-to-a-member-several": _told(day(3), "card"),
    "told-to-a-member-digest": lambda _: compose.told(
        day(10), Form("card", Digest(TODAY), to_member=True)
    ),
    "summary": lambda _: compose.summary(REAL),
    "summary-bare": lambda _: compose.summary(BARE),
    "summary-withdrawn": lambda _: compose.summary(_withdrawn(REAL)),
}

ANSWERS: dict[str, Entry] = {
    **APPS,
    "follows": _followed(MEMBER, {"llms": NO_TERMS}),
    "follows-two": _followed(MEMBER, {"llms": NO_TERMS, "agents+meta": NO_TERMS}),
    "follows-everything": _followed(MEMBER, {"*": Terms(heat=80)}, brought=Forecast(14)),
    "follows-picky": _followed(MEMBER, {"llms": PICKY}, brought=Forecast(3)),
    "follows-one-more": _followed(MEMBER, {"chips": NO_TERMS}, SEVERAL, Forecast(1)),
    "follows-changed": _followed(MEMBER, {"llms": Terms(heat=60)}, SEVERAL, Forecast(6)),
    "follows-already": _followed(MEMBER, {"llms": NO_TERMS}, {"llms": NO_TERMS}),
    "follows-in-digests": _followed(MEMBER, {"llms": MORNING}, brought=Forecast(0)),
    "follows-busy": _followed(MEMBER, {"llms": BUSY}),
    "follows-and-unknown-tag": _and(
        _followed(MEMBER, {"llms": NO_TERMS}), _unknown_tag("opanai", "openai")
    ),
    "follows-paused": _followed(MEMBER, {"llms": PAUSED}, {"llms": NO_TERMS}),
    "follows-channel": _followed(CHANNEL, {"llms": NO_TERMS}),
    "follows-channel-changed": _followed(CHANNEL, {"llms": PICKY}, SEVERAL, Forecast(3)),
    "follows-channel-already": _followed(CHANNEL, {"llms": NO_TERMS}, {"llms": NO_TERMS}),
    "follows-channel-in-digests": _followed(CHANNEL, {"llms": MORNING, "chips": MORNING}),
    "follows-channel-long": _followed(CHANNEL, dict.fromkeys(LONG_TAGS, PICKY)),
    "no-longer-follows": _left(MEMBER, {"llms": NO_TERMS}, "llms"),
    "no-longer-follows-one-of-several": _left(MEMBER, SEVERAL, "agents+meta"),
    "no-longer-follows-any": _left(MEMBER, SEVERAL, *SEVERAL),
    "no-longer-follows-nothing": _left(MEMBER, SEVERAL),
    "no-longer-follows-channel": _left(CHANNEL, SEVERAL, "llms"),
    "no-longer-follows-channel-nothing": _left(CHANNEL, {}),
    "misunderstood": _misunderstood(["llms"], Mistake("heat:hot", ("heat:60",), is_option=True)),
    "misunderstood-several": _misunderstood(
        ["llms"],
        Mistake("mod:negative", ("mood:negative",), is_option=True),
        Mistake("-cripto", ("-crypto",)),
        Mistake("zzz:1", (), is_option=True),
    ),
    "misunderstood-all": _misunderstood([], Mistake("zzz:1", (), is_option=True)),
    "follows-channel-mentioning": lambda at: _followed(
        CHANNEL, {"llms": Terms(mention=at.role)}, {"llms": NO_TERMS}
    )(at),
    "follows-here": _followed(HERE, {"llms": NO_TERMS}),
    "follows-channel-without-threads": _followed(
        CHANNEL, {"llms": Terms(threads=False, related=True)}
    ),
    "told-apart": lambda _: compose.told_apart(REAL),
    "no-coverage": lambda at: compose.no_coverage(prefix=at.prefix),
    "only-in-channels": lambda at: compose.only_in_channels(prefix=at.prefix),
    "misunderstood-mention": _misunderstood(
        ["llms"], Mistake("mention:everyone", (), is_option=True, why="everyone")
    ),
    "subscriptions-here-too": lambda at: Message(
        compose.subscriptions(_has({"chips": NO_TERMS}), NOW, prefix=at.prefix).parts
        + compose.also_here({"llms": NO_TERMS}, prefix=at.prefix)
    ),
    "no-tag": lambda at: compose.no_tag("subscribe", prefix=at.prefix),
    "no-tag-channel": lambda at: compose.no_tag("channel follow", prefix=at.prefix),
    "unknown-tags": _unknown_tag("blockchains"),
    "unknown-tags-near": _unknown_tag("lms", "llms", "llm-safety", "ml"),
    "unknown-tags-latest": _unknown_tag("lms", "llms", verb="latest"),
    "subscriptions-none": _subscriptions(_has({})),
    "subscriptions-one": _subscriptions(_has({"llms": NO_TERMS})),
    "subscriptions-several": _subscriptions(_has(SEVERAL)),
    "subscriptions-many": _subscriptions(_has(MANY)),
    "subscriptions-long": _subscriptions(_has({"+".join(LONG_TAGS): NO_TERMS, "llms": NO_TERMS})),
    "subscriptions-paused": _subscriptions(_has(SEVERAL, SHUT)),
    "subscriptions-paused-for-now": _subscriptions(
        _has({"llms": MORNING}, "the platform has an outage here", by_itself=True)
    ),
    "subscriptions-one-on-hold": _subscriptions(_has({"llms": PAUSED, "chips": NO_TERMS})),
    "subscriptions-on-hold": _subscriptions(_has({"llms": PAUSED, "chips": PAUSED})),
    "change": lambda at: compose.change(["llms"], {"llms": NO_TERMS}, MEMBER, prefix=at.prefix),
    "change-picky": lambda at: compose.change(["llms"], {"llms": PICKY}, MEMBER, prefix=at.prefix),
    "snoozed": lambda at: compose.snoozed(NOW + timedelta(hours=2), prefix=at.prefix),
    "snoozed-no-more": lambda at: compose.snoozed(None, prefix=at.prefix),
    "until-when": lambda at: compose.until_when("", prefix=at.prefix),
    "until-when-unclear": lambda at: compose.until_when("soonish", prefix=at.prefix),
    "channel-status-none": _status(_has({}), Traffic(None, 0)),
    "channel-status": _status(_has({"llms": NO_TERMS}), _LATELY),
    "channel-status-new": _status(_has({"llms": MORNING}), Traffic(None, 3)),
    "channel-status-several": _status(_has(SEVERAL), Traffic(NOW, 2)),
    "channel-status-paused": _status(
        _has({"llms": NO_TERMS}, "I may not send messages there"), _LATELY
    ),
    "channel-status-paused-for-now": _status(
        _has(SEVERAL, "the platform has an outage here", by_itself=True), _LATELY
    ),
    "channel-resumed": lambda at: compose.channel_resumed(was_paused=True, prefix=at.prefix),
    "channel-resumed-unpaused": lambda at: compose.channel_resumed(
        was_paused=False, prefix=at.prefix
    ),
    "log-comes": lambda at: compose.log_comes(prefix=at.prefix),
    "log-stops": lambda at: compose.log_stops(came=True, prefix=at.prefix),
    "log-stops-unasked": lambda at: compose.log_stops(came=False, prefix=at.prefix),
    "denied-no-mod": _denied(Reason.NO_MOD, Action.CONFIGURE),
    "denied-no-mod-nor-chosen": _denied(Reason.NO_MOD, Action.CONFIGURE, by_role=True),
    "denied-no-mod-but-set-up": _denied(Reason.NO_MOD, Action.CONFIGURE, by_role=True, ask=True),
    "denied-chosen": _denied(Reason.NO_MOD, Action.CHOOSE_MANAGERS, ask=True),
    "denied-no-admin": _denied(Reason.NO_ADMIN, Action.LOG_CHANNEL),
    "denied-guest": _denied(Reason.GUEST, Action.CONFIGURE, ask=True),
    "denied-stranger": _denied(Reason.NOT_A_MEMBER, Action.FOLLOW),
    "denied-not-yours": _denied(Reason.SOMEBODY_ELSES, Action.DELETE_OWN),
    "managed-by-mods": _managed_by(lambda _: "", undo="anyone"),
    "managed-by-anyone": _managed_by(lambda _: ANYONE, undo="mods"),
    "managed-by-a-role": _managed_by(lambda at: at.role, undo="mods"),
    "managed-by-a-role-as-before": _managed_by(lambda at: at.role),
    "no-such-group": lambda at: compose.no_such_group("@news", prefix=at.prefix),
    "cannot-post-here": lambda at: compose.cannot_post_here(at.step),
    "no-channel-here": lambda at: compose.no_channel_here(prefix=at.prefix),
    "closed-channels-one": lambda at: compose.closed_channels(at.closed(1), prefix=at.prefix),
    "closed-channels-notice": lambda at: compose.closed_channels(at.closed(2)),
    "closed-channels-many": lambda at: compose.closed_channels(at.closed(30), prefix=at.prefix),
    "closed-channels-and-an-answer": _and(
        lambda at: compose.closed_channels(at.closed(1), prefix=at.prefix),
        _subscriptions(_has({"llms": NO_TERMS})),
    ),
    "closed-direct": lambda at: compose.closed_direct(
        replace(at.closed(1)[0], because=SHUT), "", prefix=at.prefix
    ),
    "closed-direct-with-a-step": lambda at: compose.closed_direct(
        replace(at.closed(1)[0], because=SHUT), on_discord._STEP_TO_OPEN, prefix=at.prefix
    ),
    "goes-by": lambda at: compose.goes_by("Europe/Berlin", NOW, verb="zone", prefix=at.prefix),
    "goes-by-channel": lambda at: compose.goes_by(
        "UTC", NOW, verb="channel zone", prefix=at.prefix
    ),
    "unknown-zone": lambda at: compose.unknown_zone("Atlantis", [], verb="zone", prefix=at.prefix),
    "unknown-zone-near": lambda at: compose.unknown_zone(
        "york", ["America/New_York", "Asia/Yakutsk"], verb="channel zone", prefix=at.prefix
    ),
    "catch-up": lambda at: compose.catch_up(day(4), prefix=at.prefix),
    "catch-up-one": lambda at: compose.catch_up(day(1), prefix=at.prefix),
    "catch-up-many": lambda at: compose.catch_up(day(24), prefix=at.prefix),
    "catch-up-none": lambda at: compose.catch_up([], prefix=at.prefix),
    "how-long": lambda at: compose.how_long(prefix=at.prefix),
    "latest": lambda at: compose.latest(day(5), "", prefix=at.prefix),
    "latest-of-a-tag": lambda at: compose.latest(day(1), "llms", prefix=at.prefix),
    "latest-none": lambda at: compose.latest([], "", prefix=at.prefix),
    "latest-none-of-a-tag": lambda at: compose.latest([], "chips", prefix=at.prefix),
    "related": lambda _: compose.related(_stories(5), TITLE),
    "related-to-words": lambda _: compose.related(
        [
            RelatedStory(RELATED[0], "https://themata.ai/news/1", NOW, Why("all words")),
            RelatedStory(RELATED[1], "https://themata.ai/news/2", NOW, Why("some words")),
        ],
        "openai ipo",
    ),
    "found": lambda at: compose.found(page("openai ipo", 12), prefix=at.prefix),
    "found-second-page": lambda at: compose.found(page("openai ipo", 12, 2), prefix=at.prefix),
    "found-newest": lambda at: compose.found(
        page("openai", 12, newest=True, tags=("llms",)), prefix=at.prefix
    ),
    "found-few": lambda at: compose.found(page("whales", 1), prefix=at.prefix),
    "found-of-a-tag": lambda at: compose.found(page("", 8, tags=("llms",)), prefix=at.prefix),
    "found-some-words": lambda at: compose.found(
        replace(page("openai zebra ipo", 9), have_all_words=False, unknown=("zebra",)),
        prefix=at.prefix,
    ),
    "found-many": lambda at: compose.found(
        replace(page("ai", 10000), is_all=False), prefix=at.prefix
    ),
    "found-with-many-words": lambda at: compose.found(
        replace(page(TITLE, 12), brief=Asked(("keystrokes", "leak"), (), False, 1, 128)),
        prefix=at.prefix,
    ),
    "found-with-long-words": lambda at: compose.found(page(TITLE, 12), prefix=at.prefix),
    "nothing-found": lambda at: compose.nothing_found(Asked(("qubits",)), [], prefix=at.prefix),
    "nothing-found-near-a-tag": lambda at: compose.nothing_found(
        Asked(("opanai",)), ["openai"], prefix=at.prefix
    ),
    "what-to-search": lambda at: compose.what_to_search(prefix=at.prefix),
    "trending": lambda at: compose.trending(TRENDS, prefix=at.prefix),
    "trending-with-picture": lambda at: pictured(TRENDS, prefix=at.prefix),
    "trending-in-the-day": lambda at: compose.trending(
        Trends("day", "", day=told(1, 2)), prefix=at.prefix
    ),
    "trending-in-the-week": lambda at: compose.trending(
        Trends("week", "", week=told(1, 5), rises=RISES), prefix=at.prefix
    ),
    "trending-of-a-tag": lambda at: compose.trending(
        Trends("", "llms", told(1, 1), told(4, 2)), prefix=at.prefix
    ),
    "trending-none": lambda at: compose.trending(Trends("", "chips"), prefix=at.prefix),
    "trending-none-today": lambda at: compose.trending(Trends("day", ""), prefix=at.prefix),
    "unknown-tags-trending": _unknown_tag("lms", "llms", verb="trending"),
    "related-to-share": lambda _: compose.related(_stories(3), TITLE, share="share article:12"),
    "related-to-an-article": lambda _: compose.related(
        _stories(3), TITLE, share="share article:12", why="why article:12"
    ),
    "nothing-related": lambda at: compose.nothing_related(TITLE, ["meta"], prefix=at.prefix),
    "nothing-related-to-words": lambda at: compose.nothing_related(
        "quantum cats", (), prefix=at.prefix
    ),
    "nothing-to-go-by": lambda at: compose.nothing_to_go_by(prefix=at.prefix),
    "which-story": lambda at: compose.which_story(day(3), prefix=at.prefix),
    "which-story-of-many": lambda at: compose.which_story(day(12), prefix=at.prefix),
    "shared": lambda at: compose.shared(_stories(3), TITLE, at.people[0], at.name),
    "was-shared": lambda _: compose.was_shared(TITLE),
    "already-shared": lambda _: compose.already_shared(),
    "shared-too-often": lambda _: compose.shared_too_often(timedelta(seconds=34)),
    "may-not-share": lambda _: compose.may_not_share(),
    "cannot-share": lambda at: compose.cannot_share("I cannot post in this channel", at.step),
    "perhaps-shared": lambda _: compose.perhaps_shared(),
    "only-shared-in-channels": lambda at: compose.only_shared_in_channels(prefix=at.prefix),
    "unknown-link": lambda at: compose.unknown_link(prefix=at.prefix),
    "what-related": lambda at: compose.what_related(prefix=at.prefix),
    "tags": lambda at: compose.tags({"llms": 12, "chips": 3, "meta": 0}, prefix=at.prefix),
    "tags-many": lambda at: compose.tags({f"tag-{n}": 90 - n for n in range(90)}, prefix=at.prefix),
    "help": lambda at: compose.help_(at.prefix),
    "help-after-no-command": lambda at: compose.help_(at.prefix, understood=False),
    "panel": lambda at: gallery_settings.panel(at.people[0], at.right),
    "panel-changed": lambda at: gallery_settings.panel_changed(at.people[0], at.right),
    "panel-waiting": lambda at: gallery_settings.panel_waiting(at.people[0], at.right),
    "panel-with-everything": lambda at: gallery_settings.panel_full(
        at.people[0], f"{at.channel}10", at.step
    ),
    "more-settings": lambda at: gallery_settings.more(at.people[0], at.right),
    "more-settings-of-who-is-chosen": lambda at: gallery_settings.more_of_who_is_chosen(
        at.people[0], at.right, at.role
    ),
    "more-settings-with-everything": lambda at: gallery_settings.more_full(
        at.people[0], at.role, f"{at.channel}10"
    ),
    "step-of-tags": lambda _: compose.step_of_tags(
        gallery_settings.CHOSEN, gallery_settings.COUNTS
    ),
    "step-of-tags-without-room": lambda at: compose.step_of_tags(
        gallery_settings.CHOSEN,
        gallery_settings.COUNTS,
        compose.no_tags_chosen(),
        ("data-privacy", "meta"),
        step=at.step,
    ),
    "step-of-times": lambda _: compose.step_of_times(gallery_settings.CHOSEN),
    "step-of-preview": lambda _: compose.step_of_preview(
        gallery_settings.CHOSEN, day(3), Forecast(43)
    ),
    "step-of-preview-none": lambda _: compose.step_of_preview(
        gallery_settings.CHOSEN, [], Forecast(0)
    ),
    "cannot-start": lambda at: compose.cannot_start(gallery_settings.CHOSEN, at.step),
    "introduction": lambda at: compose.introduction(
        gallery_settings.USUAL, at.people[0], at.name, prefix=at.prefix
    ),
    "unopened-older": lambda at: compose.unopened(Older("channel follow llms"), prefix=at.prefix),
    "unopened-foreign": lambda at: compose.unopened(Foreign("subscribe llms"), prefix=at.prefix),
    "unopened-nonsense": lambda at: compose.unopened(Foreign("do something"), prefix=at.prefix),
    "internal-error": lambda _: compose.internal_error("7f3a9c"),
    **gallery_history.ENTRIES,
    **gallery_privacy.ENTRIES,
}


ANSWERS |= {**HOMES, **WHY, **CHANNELS}
PLATFORMS = tuple(PLACES)
NAMES = (*POSTS, *ANSWERS, *MESSAGES)


@cache
def message(name: str, platform: str) -> Message:
    """Return the message of this name as it is said on this platform."""
    if name in MESSAGES:
        return MESSAGES[name]
    return (POSTS | ANSWERS)[name](PLACES[platform])
