"""Lines: in order in each channel, in turn among channels, and never so long that others wait."""

import asyncio

from core.db import Database
from core.delivery import DeliveryWorker
from core.messages import Message
from core.posting import Address, Receipt
from tests.conftest import NOW
from tests.fakes import FakePoster
from tests.queued import add_story, channel, queue, stories


class SlowPoster(FakePoster):
    """Posts to one channel only while that is allowed."""

    def __init__(self, slow: Address) -> None:
        super().__init__()
        self.slow = slow
        self.may_go_on = asyncio.Event()

    async def post(self, address: Address, message: Message, *, key: str) -> Receipt:
        """Keep the post, in the slow channel when it is allowed."""
        if address == self.slow:
            await self.may_go_on.wait()
        return await super().post(address, message, key=key)


async def test_a_slow_channel_takes_on_only_a_few_posts_at_a_time_and_holds_up_nobody(
    database: Database,
) -> None:
    poster = SlowPoster(channel(1))
    worker = DeliveryWorker(database, poster, "discord", clock=lambda: NOW, lanes=2)
    await queue(database, channels=3, stories=1)
    stopping = asyncio.Event()
    running = asyncio.create_task(worker.run(stopping))

    for number in range(1, 12):
        await poster.has_posted(2 * number)
        await add_story(database, number)
        worker.wake()
    await poster.has_posted(24)
    poster.may_go_on.set()
    await poster.has_posted(30)
    stopping.set()
    await running

    assert stories(poster, channel(2)) == stories(poster, channel(3)) == list(range(12))
    assert stories(poster, channel(1)) == list(range(12))
