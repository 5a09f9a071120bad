"""A mod at the settings of a channel: presses, chooses and types as the message lets them."""

from dataclasses import replace

from core import subscriptions
from core.commands import Caller, about_in, followed_by, parse
from core.db import Database
from core.desk import Desk
from core.messages import AskButton, Buttons, Choices, GroupChoice, Message, WordsButton, as_text
from core.notices import Notices
from core.posting import Address
from core.rules import Rules
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.test_desk import ADA, CHANNEL, save

KNOWN = {"llms": ["llm"], "openai": [], "crypto": [], "data-privacy": [], "meta": [], "chips": []}
STEP = "Allow the bot Send Messages in this channel's permissions."


class Mod:
    """A mod who sees one message, and does what it offers."""

    def __init__(self, database: Database, caller: Caller = ADA) -> None:
        self.database = database
        self.now = NOW
        self.poster = FakePoster()
        self.caller = caller
        self.actions = 0
        self.message = Message(())
        self.desk = Desk(database, KNOWN, clock=lambda: self.now, posters={"discord": self.poster})

    @property
    def text(self) -> str:
        """All that is shown now."""
        return as_text(self.message)

    async def type(self, words: str) -> str:
        """Type a command, and see the answer."""
        self.actions += 1
        rest, channel = about_in(words)
        elsewhere = replace(self.caller.here, channel=channel) if channel else None
        caller = replace(self.caller, elsewhere=elsewhere)
        self.message = await self.desk.answer(parse(rest), caller)
        return self.text

    async def tell(self) -> None:
        """Let the bot say what it has to say by now."""
        await Notices(self.database, {"discord": self.poster}, clock=lambda: self.now).post_due()

    async def press(self, label: str) -> str:
        """Press the button with this label."""
        return await self.type(self.words_on(label))

    async def choose(self, name: str, *values: str) -> str:
        """Choose these values, and only these, from the list of this name."""
        listed = self.listed(name)
        assert set(values) <= {it.value for it in listed.choices}
        assert listed.least <= len(values) <= listed.most
        return await self.type(followed_by(listed.words, " ".join(values)))

    async def ask(self, label: str, typed: str) -> str:
        """Press a button that asks, type that, and send it."""
        [button] = [it for it in self.buttons if it.label == label and isinstance(it, AskButton)]
        self.actions += 1
        return await self.type(followed_by(button.words, typed))

    async def choose_group(self, name: str, group: str) -> str:
        """Choose this role or group, or none, from the list of this name."""
        return await self.type(f"{self.group(name).words} {group}".rstrip())

    def words_on(self, label: str) -> str:
        """Return what the button with this label stands for."""
        [button] = [it for it in self.buttons if it.label == label]
        assert isinstance(button, WordsButton)
        return button.words

    def listed(self, name: str) -> Choices:
        """Return the list of this name."""
        [found] = [it for it in self.message.parts if isinstance(it, Choices) and it.name == name]
        return found

    def group(self, name: str) -> GroupChoice:
        """Return the list of roles or groups of this name."""
        parts = self.message.parts
        [found] = [it for it in parts if isinstance(it, GroupChoice) and it.name == name]
        return found

    def chosen(self, name: str) -> list[str]:
        """Return the values that are chosen in the list of this name."""
        return [it.value for it in self.listed(name).choices if it.chosen]

    @property
    def labels(self) -> list[str]:
        """What stands on the buttons."""
        return [it.label for it in self.buttons]

    @property
    def buttons(self) -> list[WordsButton | AskButton]:
        """The buttons that are shown now."""
        rows = (part.buttons for part in self.message.parts if isinstance(part, Buttons))
        return [it for row in rows for it in row if isinstance(it, WordsButton | AskButton)]

    async def rules(self, channel: Address = CHANNEL) -> Rules:
        """Return what the channel follows, by the database."""
        async with self.database.read() as db:
            return (await subscriptions.following(db, channel)).rules

    async def told(self, *tags: str, many: int = 1) -> None:
        """Let so many stories with these tags come in."""
        for n in range(many):
            await save(self.database, f"{' '.join(tags)} {n}", *tags)
