"""A poster and a source that do as they are told: the two ports without a network."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from core.commands import Caller, Related, RelatedTo, Share
from core.compose import FollowForm
from core.desk import Shared, Suggestion
from core.messages import Message, Text
from core.posting import Address, Receipt, Repeats
from core.sources import Draft, Marks, Memory, Reading, SourceError

SURE_FOR_A_MINUTE = Repeats(timedelta(minutes=1), timedelta(), 1)
NEVER_SURE = Repeats(timedelta(), timedelta(seconds=30), 2)


class FakePoster:
    """Posts to a list. The given errors come first, one for each attempt."""

    def __init__(self, *errors: Exception | None, repeats: Repeats = SURE_FOR_A_MINUTE) -> None:
        self.errors = list(errors)
        self.repeats = repeats
        self.finds: list[Receipt | Exception | None] = []
        """What each look gives, nothing once they are used up."""
        self.looks: list[tuple[str, datetime]] = []
        self.posts: list[tuple[Address, Message, str]] = []
        self.keys: list[str] = []
        self.threads: list[str] = []
        self.may_post = asyncio.Event()
        self.may_post.set()
        self.in_flight = asyncio.Event()
        self._posted_one = asyncio.Event()

    async def post(self, address: Address, message: Message, *, key: str) -> Receipt:
        """Keep the post, or fail as told."""
        self.keys.append(key)
        self.in_flight.set()
        await self.may_post.wait()
        if self.errors and (error := self.errors.pop(0)):
            raise error
        self.posts.append((address, message, key))
        self._posted_one.set()
        return Receipt(address, f"m{len(self.posts)}")

    async def reply(self, address: Address, message: Message, *, key: str, title: str) -> Receipt:
        """Keep the reply as a post, and the title of its thread."""
        self.threads.append(title)
        return await self.post(address, message, key=key)

    async def has_posted(self, many: int) -> None:
        """Wait until so many posts stand."""
        while len(self.posts) < many:
            await self._posted_one.wait()
            self._posted_one.clear()

    async def find(self, address: Address, *, key: str, since: datetime) -> Receipt | None:  # noqa: ARG002 (the port's form)
        """Keep that it was looked for, and find what was told."""
        self.looks.append((key, since))
        found = self.finds.pop(0) if self.finds else None
        if isinstance(found, Exception):
            raise found
        return found

    async def edit(self, receipt: Receipt, message: Message) -> None:
        """Keep the edit as a post."""
        self.posts.append((receipt.address, message, "edit"))

    async def link(self, receipt: Receipt) -> str:
        """Return an address of its own for each message."""
        return f"https://chat.example/{receipt.address.channel}/{receipt.message_id}"


class SharesNothing:
    """The part of a desk that shows things to everyone, where that is not what is tested."""

    async def share(self, _command: Share, _caller: Caller) -> Shared:
        """Say that nothing was shared."""
        return Shared(Message((Text("Nothing is shared"),)))

    async def answer_all(self, _command: Related | RelatedTo, _caller: Caller) -> Message | None:
        """Say that nothing was told."""
        return Message((Text("Nothing is told"),))

    async def channels(self, _workspace: Address) -> dict[str, str]:
        """Say that no channel follows anything."""
        return {}

    async def follow_form(self, caller: Caller) -> FollowForm:
        """Return the form with the caller's zone."""
        return FollowForm(caller.zone or "UTC", "There it is noon")

    async def unknown_tag(self, tags: Sequence[str]) -> str:
        """Say that what begins with a question mark is no tag."""
        return next((f"There is no tag called {it}" for it in tags if it.startswith("?")), "")

    async def suggest_in_form(self, typed: str) -> tuple[Suggestion, ...]:
        """Offer what is typed."""
        return (Suggestion(typed, f"{typed} (3 articles)"),)


class FakeSource:
    """Gives the drafts that it is given."""

    def __init__(self, name: str, drafts: Iterable[Draft] = ()) -> None:
        self.name = name
        self.place = f"https://{name}.example/"
        self.drafts = tuple(drafts)
        self.marks = Marks(etag='"1"')
        self.problems: tuple[str, ...] = ()
        self.listed = 0
        self.by_hand = False
        self.error: SourceError | None = None
        self.memories: list[Memory] = []

    async def fetch(self, memory: Memory) -> Reading:
        """Give what stands there, or fail as told."""
        self.memories.append(memory)
        if self.error:
            raise self.error
        return Reading(
            self.drafts,
            self.marks,
            problems=self.problems,
            listed=self.listed,
            by_hand=self.by_hand,
        )
