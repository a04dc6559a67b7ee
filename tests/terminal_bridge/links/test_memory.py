"""A link in process: what is lost, late or doubled is what the weather says."""

from __future__ import annotations

import asyncio

import pytest

from opi_pos.aio import virtual
from opi_pos.model.errors import LinkError
from terminal_bridge.links.link import Reply
from terminal_bridge.links.memory import FairWeather, Loss, MemoryLink, Passage


class Terminal:
    """Answers `re: ` and what it got, after `takes_s`."""

    def __init__(self, takes_s: float = 0.0) -> None:
        self.takes_s = takes_s
        self.got: list[bytes] = []
        self.done: list[bytes] = []

    async def receive(self, data: bytes) -> Reply:
        self.got.append(data)
        await asyncio.sleep(self.takes_s)
        self.done.append(data)
        return Reply(status=200, body=b"re: " + data)


class Storm(FairWeather):
    """One passage for requests, one for replies."""

    def __init__(self, request: Passage | None = None, reply: Passage | None = None) -> None:
        self._request = request or Passage()
        self._reply = reply or Passage()

    def request(self, data: bytes) -> Passage:
        return self._request

    def reply(self, data: bytes) -> Passage:
        return self._reply


class Pen:
    """Counts the calls of `on_written`."""

    def __init__(self) -> None:
        self.written = 0

    def __call__(self) -> None:
        self.written += 1


def test_a_message_comes_back_answered() -> None:
    async def main() -> None:
        pen = Pen()
        link = MemoryLink(Terminal().receive)
        reply = await link.exchange(b"pay", on_written=pen)
        assert (reply.body, pen.written) == (b"re: pay", 1)
        await link.close()

    virtual.run(main())


def test_without_a_connection_no_byte_leaves() -> None:
    async def main() -> None:
        pen, terminal = Pen(), Terminal()
        link = MemoryLink(terminal.receive, weather=Storm(Passage(loss=Loss.REFUSED)))
        with pytest.raises(LinkError) as caught:
            await link.exchange(b"pay", on_written=pen)
        assert (caught.value.written, pen.written, terminal.got) == (False, 0, [])
        await link.close()

    virtual.run(main())


def test_a_connection_that_breaks_leaves_the_terminal_at_work() -> None:
    async def main() -> None:
        pen, terminal = Pen(), Terminal(takes_s=5)
        link = MemoryLink(terminal.receive, weather=Storm(Passage(loss=Loss.BROKEN)))
        with pytest.raises(LinkError) as caught:
            await link.exchange(b"pay", on_written=pen)
        assert (caught.value.written, pen.written) == (True, 1)
        await asyncio.sleep(6)
        assert terminal.done == [b"pay"]
        await link.close()

    virtual.run(main())


def test_a_lost_request_never_arrives_and_nobody_hears_of_it() -> None:
    async def main() -> None:
        terminal = Terminal()
        link = MemoryLink(terminal.receive, weather=Storm(Passage(copies_s=())))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1000):
                await link.exchange(b"pay", on_written=Pen())
        assert terminal.got == []
        await link.close()

    virtual.run(main())


@pytest.mark.parametrize("loss", [Loss.BROKEN, Loss.SILENT])
def test_a_lost_reply_was_carried_out_all_the_same(loss: Loss) -> None:
    async def main() -> None:
        terminal = Terminal()
        link = MemoryLink(terminal.receive, weather=Storm(reply=Passage(loss=loss)))
        error = LinkError if loss is Loss.BROKEN else TimeoutError
        with pytest.raises(error):
            async with asyncio.timeout(1000):
                await link.exchange(b"pay", on_written=Pen())
        assert terminal.done == [b"pay"]
        await link.close()

    virtual.run(main())


def test_a_doubled_request_arrives_twice_and_is_answered_once() -> None:
    async def main() -> None:
        terminal = Terminal()
        link = MemoryLink(terminal.receive, weather=Storm(Passage(copies_s=(0.0, 3.0))))
        assert (await link.exchange(b"pay", on_written=Pen())).body == b"re: pay"
        await asyncio.sleep(4)
        assert terminal.got == [b"pay", b"pay"]
        await link.close()

    virtual.run(main())


def test_delays_add_up() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        storm = Storm(Passage(copies_s=(2.0,)), Passage(copies_s=(3.0,)))
        link = MemoryLink(Terminal(takes_s=10).receive, weather=storm)
        await link.exchange(b"pay", on_written=Pen())
        assert loop.time() == 15
        await link.close()

    virtual.run(main())


def test_a_reply_can_be_garbled() -> None:
    async def main() -> None:
        link = MemoryLink(Terminal().receive, weather=Storm(reply=Passage(data=b"\xff")))
        assert (await link.exchange(b"pay", on_written=Pen())).body == b"\xff"
        await link.close()

    virtual.run(main())


def test_giving_a_reply_up_does_not_stop_the_terminal() -> None:
    async def main() -> None:
        terminal = Terminal(takes_s=5)
        link = MemoryLink(terminal.receive)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await link.exchange(b"pay", on_written=Pen())
        await asyncio.sleep(5)
        assert terminal.done == [b"pay"]
        await link.close()

    virtual.run(main())


def test_closing_breaks_what_is_open_and_refuses_what_comes() -> None:
    async def main() -> None:
        link = MemoryLink(Terminal(takes_s=50).receive)
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(_problem(link))
            await asyncio.sleep(1)
            await link.close()
        assert waiting.result() is True
        assert await _problem(link) is False

    virtual.run(main())


def test_a_terminal_that_hangs_up_breaks_the_connection() -> None:
    async def hang_up(data: bytes) -> Reply:
        raise LinkError("switched off", written=True)

    async def main() -> None:
        link = MemoryLink(hang_up)
        assert await _problem(link) is True
        await link.close()

    virtual.run(main())


async def _problem(link: MemoryLink) -> bool:
    with pytest.raises(LinkError) as caught:
        await link.exchange(b"pay", on_written=Pen())
    return caught.value.written
