"""What a request must have, whatever its dialect: without it no answer would be right.

The codec reads tolerantly, so that a result is never lost to a dialect, and leaves blank what is
missing. A request of a terminal has no result to lose. What an answer repeats (the devices' names)
must be a word, so that nothing else comes back or lands in a log.
"""

from __future__ import annotations

import re
from typing import Any, Final

from opi_pos.model.errors import ProtocolError
from opi_pos.wire import nexo
from opi_pos.wire.nexo.problems import INVALID_VALUE, MISSING

_WORDS: Final = frozenset((*nexo.Device, *nexo.InfoQualify, *nexo.DocumentQualifier))
_WORD: Final = re.compile(r"(?:[0-9A-Za-z]{1,20}:)?[A-Za-z]{1,40}")
"""A word of a vendor, with or without the prefix that the specification wants before it."""


def require_essentials(message: nexo.Message) -> None:
    """`ProtocolError` with the path of what is missing or cannot be."""
    if not message.header.poi_id:
        raise ProtocolError("MessageHeader.POIID", MISSING)
    match message.body:
        case nexo.DisplayRequest(display_output=outputs):
            _require("DisplayRequest.DisplayOutput", outputs)
            for output in outputs:
                _require_device("DisplayRequest.DisplayOutput", output)
        case nexo.InputRequest(display_output=output, input_data=data):
            if output is not None:
                _require_device("InputRequest.DisplayOutput", output)
            _require_device("InputRequest.InputData", data)
            _require("InputRequest.InputData.InputCommand", data.input_command)
        case nexo.PrintRequest(print_output=output):
            _require_word("PrintRequest.PrintOutput.DocumentQualifier", output.document_qualifier)
            _require("PrintRequest.PrintOutput.ResponseMode", output.response_mode)
        case nexo.EventNotification(event_to_notify=event):
            _require("EventNotification.EventToNotify", event)
        case nexo.TransmitRequest(message=carried):
            _require("TransmitRequest.Message", carried)
        case _:
            pass


def _require(path: str, value: object) -> None:
    if not value:
        raise ProtocolError(path, MISSING)


def _require_device(path: str, output: nexo.DisplayOutput | nexo.InputData) -> None:
    # The fast way first: this is every display of every terminal.
    if output.device not in _WORDS or output.info_qualify not in _WORDS:
        _require_word(f"{path}.Device", output.device)
        _require_word(f"{path}.InfoQualify", output.info_qualify)


def _require_word(path: str, text: Any) -> None:
    _require(path, text)
    if text not in _WORDS and not _WORD.fullmatch(text):
        raise ProtocolError(path, INVALID_VALUE)
