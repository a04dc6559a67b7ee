"""What a terminal says, in few words."""

from __future__ import annotations

from typing import Any

from opi_pos.wire import nexo


def text_output(
    *lines: str,
    required: bool | None = False,
    device: str = "CashierDisplay",
    qualify: str = "Status",
) -> nexo.DisplayOutput:
    """A display of plain lines."""
    return nexo.DisplayOutput(
        response_required_flag=required,
        device=device,
        info_qualify=qualify,
        output_content=text_content(*lines),
    )


def text_content(*lines: str) -> nexo.OutputContent:
    return nexo.OutputContent(
        output_format="Text", output_text=tuple(nexo.OutputText(text=line) for line in lines)
    )


def asking(
    command: str, *lines: str, device: str = "CashierInput", **data: Any
) -> nexo.InputRequest:
    """A question to the cashier."""
    return nexo.InputRequest(
        display_output=text_output(*lines, required=None, qualify="Display") if lines else None,
        input_data=nexo.InputData(
            device=device, info_qualify="Input", input_command=command, **data
        ),
    )


def receipt(mode: str, *lines: str, signature: bool = False) -> nexo.PrintRequest:
    """The cashier's copy."""
    return nexo.PrintRequest(
        print_output=nexo.PrintOutput(
            document_qualifier="CashierReceipt",
            response_mode=mode,
            required_signature_flag=signature or None,
            output_content=text_content(*lines),
        )
    )


def notice(event: str, **members: Any) -> nexo.EventNotification:
    """An event."""
    return nexo.EventNotification(
        time_stamp="2026-01-02T03:04:05+01:00", event_to_notify=event, **members
    )
