"""Card numbers in what terminals ask of the till."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from opi_pos.runtime.config import ListenSettings
from opi_pos.wire import nexo
from tests.listener.terminal import CONTENT_TYPES, PATHS, Connection
from tests.secrets.cards import SHAPES
from tests.secrets.planting import garbage, messages, planted, written
from tests.secrets.till import assert_hidden, watched

DEVICE = ("DisplayRequest", "PrintRequest", "EventNotification", "InputRequest", "InputUpdate")
OTHERS = ("TransmitRequest", "SoundRequest", "PaymentRequest", "PaymentResponse", "PINResponse")
LISTEN = ListenSettings(port=0, profiles=("swedbank", "westpay"))


async def post(port: int, encoding: nexo.Encoding, data: bytes) -> int:
    connection = await Connection.to(port)
    try:
        return (await connection.post(PATHS[encoding], data, CONTENT_TYPES[encoding])).status
    finally:
        await connection.close()


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
async def test_no_request_of_a_terminal_leaves_a_card_number_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    async with watched(tmp_path, text, caplog, terminal="sim://nexo", listen=LISTEN) as till:
        assert till.till.listen_url is not None
        port = int(till.till.listen_url.rpartition(":")[2])
        statuses = [
            await post(port, encoding, data)
            for _, encoding, data in messages(text, (*DEVICE, *OTHERS))
        ]
        for data in garbage(text):
            statuses += [await post(port, encoding, data) for encoding in nexo.Encoding]
        for command in nexo.InputCommand:
            asked = planted(nexo.InputRequest, text, words=False)
            data = written(_commanding(asked, command), nexo.Encoding.JSON)
            statuses.append(await post(port, nexo.Encoding.JSON, data))
        for name in DEVICE:
            body = planted(nexo.BODIES[name], text, words=False)
            data = written(body, nexo.Encoding.XML, service_id=text, device_id=text)
            statuses.append(await post(port, nexo.Encoding.XML, data))
    assert {200, 204, 400} <= set(statuses) <= {200, 204, 400, 403, 415}
    assert till.clerk.shown
    assert_hidden(await till.shown(tmp_path))


def _commanding(asked: nexo.Element, command: str) -> nexo.InputRequest:
    assert isinstance(asked, nexo.InputRequest)
    data = msgspec.structs.replace(asked.input_data, input_command=command)
    return msgspec.structs.replace(asked, input_data=data)
