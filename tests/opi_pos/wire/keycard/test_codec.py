"""Key & Card's messages, in all the shapes that its documentation allows."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from typing import Any

import pytest

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import keycard
from opi_pos.wire.keycard.codec import MAX_LINES
from opi_pos.wire.limits import MAX_BYTES

EXAMPLES = Path(__file__).parents[5] / "shared" / "examples" / "keycard"
FINAL = {"Command": "Authorisation", "Success": True, "IsIntermediateState": False}


def written(**members: Any) -> bytes:
    return json.dumps({**FINAL, **members}).encode()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_request_is_written_and_read() -> None:
    request = keycard.Request(
        command=keycard.Command.AUTHORISATION, callback_url="http://127.0.0.1:1/x", parameter="1234"
    )
    assert json.loads(keycard.write_request(request)) == {
        "Command": "Authorisation",
        "CallbackUrl": "http://127.0.0.1:1/x",
        "Parameter": "1234",
    }
    assert keycard.read_request(keycard.write_request(request)) == request


def test_commands_are_spelled_as_documented() -> None:
    assert [command.value for command in keycard.Command] == [
        "IsIdle",
        "DiagnosisSimple",
        "Authorisation",
        "Reversal",
        "EndOfDay",
        "CancelTransaction",
        "GetAbortedSessions",
        "RemoveAbortedSession",
    ]


def test_an_amount_may_come_as_a_number() -> None:
    data = b'{"Command": "Authorisation", "CallbackUrl": "u", "Parameter": 1234}'
    assert keycard.read_request(data).parameter == "1234"


def test_a_reply_says_its_status_and_session_as_strings() -> None:
    reply = keycard.Reply(proceed=True, session_id="42")
    assert json.loads(keycard.write_reply(reply)) == {
        "HttpStatus": "200",
        "Message": "",
        "Proceed": True,
        "SessionId": "42",
    }
    assert keycard.read_reply(keycard.write_reply(reply)) == reply


def test_a_reply_of_an_older_server_has_no_session() -> None:
    reply = keycard.read_reply(b'{"HttpStatus": 200, "Proceed": "True"}')
    assert reply == keycard.Reply(proceed=True)


@pytest.mark.parametrize("value", [True, "true", "True", "TRUE", 1, "1"], ids=repr)
def test_true_has_many_faces(value: object) -> None:
    assert keycard.read_callback(written(Success=value)).success


@pytest.mark.parametrize("value", [False, "false", "False", 0, "0"], ids=repr)
def test_so_has_false(value: object) -> None:
    assert not keycard.read_callback(written(Success=value)).success


@pytest.mark.parametrize("value", [None, "", "maybe", 2, [], {}, 0.5], ids=repr)
def test_what_is_neither_is_no_success_and_no_failure(value: object) -> None:
    with pytest.raises(ProtocolError, match="Success"):
        keycard.read_callback(written(Success=value))


def test_the_flag_is_read_under_both_names() -> None:
    for name in ("IsIntermediateState", "IntermediateState"):
        data = json.dumps({"Command": "x", "Success": "true", name: "True"}).encode()
        assert keycard.read_callback(data).intermediate


def test_a_callback_that_does_not_say_whether_it_is_the_last_is_none() -> None:
    with pytest.raises(ProtocolError, match="IsIntermediateState"):
        keycard.read_callback(b'{"Command": "Authorisation", "Success": true}')


def test_the_flag_is_written_under_both_names() -> None:
    callback = keycard.Callback(command="IsIdle", success=True, intermediate=False)
    members = json.loads(keycard.write_callback(callback))
    assert members["IsIntermediateState"] is members["IntermediateState"] is False
    assert members["ReceiptNumber"] == -1
    assert members["ReceiptText"] == []
    assert keycard.read_callback(keycard.write_callback(callback)) == callback


@pytest.mark.parametrize(
    ("value", "number"), [(17, 17), ("17", 17), ("-1", -1), (None, -1)], ids=repr
)
def test_receipt_numbers_may_be_strings(value: object, number: int) -> None:
    assert keycard.read_callback(written(ReceiptNumber=value)).receipt_number == number


@pytest.mark.parametrize("value", [True, 1.5, "x", "1" * 13, "--1", "²"], ids=repr)
def test_other_receipt_numbers_are_refused(value: object) -> None:
    with pytest.raises(ProtocolError, match="ReceiptNumber"):
        keycard.read_callback(written(ReceiptNumber=value))


def test_text_is_utf_8_or_else_cp437_and_the_bytes_are_kept() -> None:
    lines = ["Grüße".encode(), "Grüße".encode("cp437")]
    callback = keycard.read_callback(written(ReceiptText=[b64(line) for line in lines]))
    assert callback.receipt_lines == ("Grüße", "Grüße")
    assert callback.receipt == tuple(lines)


def test_a_value_that_is_no_base64_stands_for_itself() -> None:
    assert keycard.read_callback(written(Value="Bitte warten!")).text == "Bitte warten!"


def test_a_byte_order_mark_does_no_harm() -> None:
    assert keycard.read_callback(b"\xef\xbb\xbf" + written()).success


def test_limits_hold_at_the_limit_and_one_past_it() -> None:
    lines = ["QQ=="] * MAX_LINES
    assert len(keycard.read_callback(written(ReceiptText=lines)).receipt) == MAX_LINES
    with pytest.raises(ProtocolError, match="lines"):
        keycard.read_callback(written(ReceiptText=[*lines, "QQ=="]))
    room = MAX_BYTES - len(written(Value=""))
    assert keycard.read_callback(written(Value="A" * (room // 4 * 4))).value
    with pytest.raises(ProtocolError, match="larger"):
        keycard.read_callback(written(Value="A" * (room + 1)))


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"Command": {}}', b'{"a"'],
    ids=range(8),
)
def test_anything_else_is_one_kind_of_error(data: bytes) -> None:
    for read in (keycard.read_request, keycard.read_reply, keycard.read_callback):
        with pytest.raises(ProtocolError):
            read(data)


def test_mutated_messages_end_in_one_kind_of_error() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    whole = written(Value=b64(b"text"), ReceiptNumber=17, ReceiptText=[b64(b"line")])
    for _ in range(5_000):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        for read in (keycard.read_request, keycard.read_reply, keycard.read_callback):
            try:
                read(bytes(data))
            except ProtocolError:
                continue


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the shared examples are not here")
def test_the_shared_examples_are_read() -> None:
    files = sorted(EXAMPLES.glob("*.json"))
    assert files
    for file in files:
        data = file.read_bytes()
        if file.name.startswith("cb_"):
            callback = keycard.read_callback(data)
            assert callback.intermediate is ("intermediate" in file.name)
        elif file.name.startswith("response"):
            assert keycard.read_reply(data).proceed is ("accepted" in file.name)
        else:
            assert keycard.read_request(data).command in set(keycard.Command)
