"""What is chosen on the second page of a channel's settings, but for what is set of its rules."""

from collections.abc import Mapping, Sequence

from core.commands import Caller
from core.compose.more_settings import BESIDE, CROSSPOST, MANAGERS
from core.desk import crossposting, managing
from core.desk.checks import denial
from core.desk.office import Office
from core.desk.retuning import Asked, words_in
from core.messages import Note, Part
from core.rights import Action, Scope

_MODS = "mods"
_SWITCH: Mapping[tuple[str, ...], bool] = {("on",): True, ("off",): False}


def is_one(asked: Asked) -> bool:
    """Say whether this is a choice of that page which is no rule's."""
    if asked.verb == CROSSPOST:
        return asked.rest in _SWITCH
    return asked.verb == BESIDE or (asked.verb == MANAGERS and bool(asked.rest))


async def answer(office: Office, asked: Asked, caller: Caller) -> Sequence[Part]:
    """Do what was chosen, and return what to say to it."""
    if asked.verb == CROSSPOST:
        wanted = _SWITCH[asked.rest]
        said = await crossposting.choose(office, caller, wanted=wanted)
    else:
        # Whoever may change all else there may not choose who may.
        action, scope = Action.CHOOSE_MANAGERS, Scope.CHANNEL
        refused = await denial(office, action, scope, caller, what=asked.verb)
        who = "".join(asked.rest[:1]) or _MODS
        said = refused or await managing.answer(office, who, caller, state=asked.state)
    # How to type it the notes say.
    return [part for part in words_in(said) if not isinstance(part, Note)]
