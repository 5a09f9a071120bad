"""What buttons keep, sealed: nobody can make one, change one, or carry one to another place."""

import base64
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from core.commands import ACTIONS, Unclear, parse
from core.db import Database
from core.notes import keep
from core.posting import Address
from core.rights import Action

VERSION = "t2"
BEFORE_SEALS = "t1:"
"""How what was kept began while nothing was sealed, where it began with anything."""
LONGER = len(VERSION) + 14
"""How many characters sealed words have more."""
# In JSON no string ends within it: the quotes in its text have a backslash before them.
TO_THE_END = rb'((?:[^"\\]|\\.)*)'
"""The rest of a string in JSON, as a group of a pattern."""

_MAC = LONGER - len(VERSION)  # of 6 bits each: 84 bits
_ONLY_READING = frozenset({Action.READ, Action.SEE_CHANNEL})
_KEY = "key of buttons"


@dataclass(frozen=True, slots=True)
class Opened:
    """Words that this installation put into a button at that place, or that change nothing."""

    words: str


@dataclass(frozen=True, slots=True)
class Older:
    """Words from before they were sealed, which could be anybody's: nothing is done."""

    words: str


@dataclass(frozen=True, slots=True)
class Foreign:
    """Words from another place, or that somebody made or changed: nothing is done."""

    words: str


class Seals:
    """Seals words, and opens what it sealed itself."""

    def __init__(self, key: bytes) -> None:
        """Seal with this key of 256 bits, which must never be shown."""
        # Copied for each seal: to begin with the key again costs five times as much.
        self._hmac = hmac.new(key, digestmod="sha256")

    def seal(self, words: str, place: Address) -> str:
        """Return `words` as a button at `place` keeps them. A thread is of its channel's place."""
        return f"{VERSION}{self._mac(words, place)}{words}"

    def open(self, written: str, place: Address) -> Opened | Older | Foreign:
        """Return what a button at `place` keeps. Anyone may have written it."""
        if not written.startswith(VERSION):
            words = written.removeprefix(BEFORE_SEALS)
            return Opened(words) if _changes_nothing(words) else Older(words)
        words = written[LONGER:]
        mac = written[len(VERSION) : LONGER].encode(errors="surrogatepass")
        is_ours = hmac.compare_digest(mac, self._mac(words, place).encode())
        return Opened(words) if is_ours else Foreign(words)

    def _mac(self, words: str, place: Address) -> str:
        # No id of a platform has a NUL in it, so it is clear where each of them ends.
        where = f"{place.platform}\0{place.workspace}\0{place.channel}"
        mac = self._hmac.copy()
        mac.update(f"{VERSION}\0{where}\0{words}".encode(errors="surrogatepass"))
        return base64.urlsafe_b64encode(mac.digest())[:_MAC].decode()


@dataclass(frozen=True, slots=True)
class Unsealed:
    """JSON whose buttons are still to be sealed, taken apart once for all its places."""

    before: tuple[bytes, ...]
    """What stands before the words of each button."""
    words: tuple[str, ...]
    rest: bytes

    def sealed(self, seals: Seals, place: Address) -> bytes:
        """Return the JSON as it is shown at `place`."""
        kept = (json.dumps(seals.seal(words, place))[1:-1].encode() for words in self.words)
        return b"".join([*chain.from_iterable(zip(self.before, kept, strict=True)), self.rest])


@lru_cache(maxsize=256)
def unsealed(shown: bytes, button: re.Pattern[bytes]) -> Unsealed:
    """Take JSON apart. `button` has two groups: what stays before words, and the words."""
    *parts, rest = button.split(shown)
    words = (json.loads(b'"%b"' % written) for written in parts[2::3])
    before = (b"".join(two) for two in zip(parts[::3], parts[1::3], strict=True))
    return Unsealed(tuple(before), tuple(words), rest)


FOR_THIS_RUN = Seals(secrets.token_bytes(32))
"""Seals of a key that is kept nowhere: what they sealed is foreign to the next run."""


def words_in(written: str) -> str:
    """Return the words that a button keeps, whoever wrote them: only to look, not to do them."""
    is_sealed = written.startswith(VERSION)
    return written[LONGER:] if is_sealed else written.removeprefix(BEFORE_SEALS)


async def seals_of(database: Database) -> Seals:
    """Return the seals of this installation: its key is made once, for all its processes."""
    async with database.write() as db:
        return Seals(bytes.fromhex(await keep(db, _KEY, secrets.token_hex(32))))


def _changes_nothing(words: str) -> bool:
    command = parse(words)
    action, _ = ACTIONS[type(command)]
    return action in _ONLY_READING and not isinstance(command, Unclear)
