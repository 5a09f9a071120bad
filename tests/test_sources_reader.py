"""Reading in another process: it can be ended, and an error there is a sentence here."""

import os
import signal

import pytest

from core.sources import SourceError
from core.sources.reader import read_apart

ADDRESS = "https://news.example/feed"


def length(body: bytes, address: str) -> tuple[int, str]:
    return len(body), address


def process(_: bytes, __: str) -> int:
    return os.getpid()


def refuse(_: bytes, address: str) -> None:
    raise SourceError(f"{address} is not a feed")


def stumble(_: bytes, __: str) -> None:
    raise KeyError("inside")


def overeat(_: bytes, __: str) -> int:
    return len(bytes(4 << 30))


def hang(_: bytes, __: str) -> None:
    while True:
        pass


def die(_: bytes, __: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def test_what_was_read_comes_back() -> None:
    assert await read_apart(length, b"news", ADDRESS) == (4, ADDRESS)


async def test_reading_happens_in_another_process_that_is_used_again() -> None:
    first = await read_apart(process, b"", ADDRESS)
    second = await read_apart(process, b"", ADDRESS)

    assert first == second
    assert first != os.getpid()


async def test_a_refusal_comes_back_as_it_is() -> None:
    with pytest.raises(SourceError, match=r"^https://news\.example/feed is not a feed$"):
        await read_apart(refuse, b"", ADDRESS)


async def test_an_error_in_the_reader_is_a_sentence_with_the_address() -> None:
    with pytest.raises(SourceError, match=rf"{ADDRESS} could not be read \(KeyError\)"):
        await read_apart(stumble, b"", ADDRESS)


async def test_a_reader_may_not_take_all_memory() -> None:
    with pytest.raises(SourceError, match=rf"{ADDRESS} could not be read \(MemoryError\)"):
        await read_apart(overeat, b"", ADDRESS)


async def test_a_reader_that_dies_is_replaced() -> None:
    with pytest.raises(SourceError, match=f"{ADDRESS} could not be read"):
        await read_apart(die, b"", ADDRESS)

    assert await read_apart(length, b"news", ADDRESS) == (4, ADDRESS)


async def test_a_reader_that_hangs_is_ended() -> None:
    pid = await read_apart(process, b"", ADDRESS)

    with pytest.raises(SourceError, match=f"{ADDRESS} took too long to read"):
        await read_apart(hang, b"", ADDRESS, seconds=0.1)

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
