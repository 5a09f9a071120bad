"""Each way in which people on Slack ask something, and each in which somebody forges it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bots.sandbox.slack import User
from bots.slack import views
from bots.slack.sealing import sealed, sealed_view
from bots.slack.settings import blocks_of
from bots.slack.views import ANSWER, Kept, View
from core.seals import FOR_THIS_RUN, LONGER
from tests.slackdesk import settled, until
from tests.slackplace import OTHER_TEAM, TYPED, Place, parts

Way = Callable[[Place, User, str], Awaitable[None]]
"""Lets somebody ask for these words, and returns when they have their answer."""


async def _command(place: Place, person: User, words: str) -> None:
    await place.slack.type_command(person, place.news, "/themata", words)


async def _mention(place: Place, person: User, words: str) -> None:
    await place.slack.mention(person, place.news, words)


async def _press(place: Place, person: User, label: str, given: str = "") -> None:
    block, element = place.standing_in("news", label)
    what = (place.shown["news"], element["action_id"], given)
    await place.slack.press(person, place.news, *what, block_id=block)


async def _choose(place: Place, person: User, words: str) -> None:
    await _press(place, person, f"List {words}", _value(words))


async def _form(place: Place, person: User, words: str) -> None:
    place.close_views(person)
    await _press(place, person, f"Ask {words}")
    heard = len(place.slack.private_messages(person))
    await _send(place, person, words)
    await place.heard(person, heard)


async def _in_view(place: Place, person: User, words: str) -> None:
    await place.press_in(person, place.put_before(person, _modal(place)), words)


async def _choose_in_view(place: Place, person: User, words: str) -> None:
    view = place.put_before(person, _modal(place))
    await place.press_in(person, view, f"List {words}", _value(words))


async def _form_in_view(place: Place, person: User, words: str) -> None:
    below = place.put_before(person, _modal(place))
    await place.press_in(person, below, f"Ask {words}")
    await _send(place, person, words)
    shown = place.slack.modals
    await until(place.slack, lambda: shown[below["id"]]["hash"] != below["hash"])


async def _in_home(place: Place, person: User, words: str) -> None:
    view = views.home(blocks_of(parts(place.news.id)))
    home = sealed_view(view, FOR_THIS_RUN, place.slack.team_id)
    await place.poster._client.views_publish(user_id=person.id, view=home)
    await place.press_in(person, place.slack.homes[person.id], words)


async def _follow_form(place: Place, person: User, words: str) -> None:
    """Choose the tag in the form to follow tags, whatever the words."""
    place.close_views(person)
    await place.slack.type_command(person, place.news, "/subscribe")
    view = str((await settled(place.slack, person))["id"])
    await place.slack.forms.suggestions(person, view, "tags", _value(words))
    place.slack.forms.fill(person, view, "tags", [_value(words)])
    await place.slack.forms.send(person, view)
    await settled(place.slack, person)


async def _stale(place: Place, person: User, words: str) -> None:
    await place.press_made(person, words)


async def _copied(place: Place, person: User, words: str) -> None:
    await place.press_made(person, place.standing_in("other", words)[1]["value"])


async def _changed(place: Place, person: User, words: str) -> None:
    other = next(it for it in TYPED if it != words)
    _, kept = place.standing_in("news", other)
    await place.press_made(person, kept["value"][:LONGER] + words)


async def _stale_view(place: Place, person: User, words: str) -> None:
    view = _modal(place)
    shown = place.put_before(person, view, private_metadata=view["private_metadata"])
    await place.press_in(person, shown, words)


async def _foreign_view(place: Place, person: User, words: str) -> None:
    view = _modal(place)
    kept = sealed_view(view, FOR_THIS_RUN, OTHER_TEAM)["private_metadata"]
    await place.press_in(person, place.put_before(person, view, private_metadata=kept), words)


async def _copied_into_view(place: Place, person: User, words: str) -> None:
    view = _modal(place)
    blocks = sealed(view, FOR_THIS_RUN, place.at(place.news))["blocks"]
    await place.press_in(person, place.put_before(person, view, blocks=blocks), words)


def _modal(place: Place) -> View:
    return views.modal("Win", blocks_of(parts()), Kept(ANSWER, place.news.id))


async def _send(place: Place, person: User, words: str) -> None:
    """Type into the form before a person, and send it."""
    asking: Any = place.slack.forms.modal(person)
    place.slack.forms.fill(person, asking["id"], "typed", _value(words))
    await place.slack.forms.send(person, asking["id"])


def _value(words: str) -> str:
    return words.removeprefix(f"{TYPED[words]} ")


WAYS: Mapping[str, Way] = {
    "command": _command,
    "mention": _mention,
    "button": _press,
    "list": _choose,
    "form": _form,
    "button in a view": _in_view,
    "list in a view": _choose_in_view,
    "form in a view": _form_in_view,
    "button in the home tab": _in_home,
}
"""What people can do."""
FORGED: Mapping[str, Way] = {
    "stale button": _stale,
    "copied id": _copied,
    "changed id": _changed,
    "stale view": _stale_view,
    "view of another workspace": _foreign_view,
    "id copied into a view": _copied_into_view,
}
"""What somebody makes of it who writes to Slack by themselves: nobody gets anything by that."""
FOLLOW_FORM: Mapping[str, Way] = {"form to follow tags": _follow_form}
"""What can be done for one's own tags alone."""
