"""What an answer says beyond its result: authorisation, totals, private data."""

from __future__ import annotations

from typing import Annotated

from opi_pos.model.card import mask_pan, mask_text
from opi_pos.model.secret import Secret
from opi_pos.wire.opi.catalogue.amounts import CountedAmount, PaymentTotal, TotalAmount
from opi_pos.wire.opi.schema import ATTR, NEEDED, TEXT, Element, named


class Authorisation(Element, frozen=True, kw_only=True):
    """How the host decided. A number in `card_pan` is masked, unless the till asked for all of it.

    ActionCode and ReturnCode explain; OverallResult decides.
    """

    issuer_id: Annotated[str | None, ATTR] = None
    card_pan: Annotated[Secret | None, ATTR] = None
    pan_print: Annotated[Secret | None, ATTR, named("PANprint")] = None
    masked_card_number: Annotated[str | None, ATTR] = None
    start_date: Annotated[str | None, ATTR] = None
    expiry_date: Annotated[str | None, ATTR] = None
    issue_number: Annotated[str | None, ATTR] = None
    token: Annotated[str | None, ATTR] = None
    action_code: Annotated[str | None, ATTR] = None
    return_code: Annotated[str | None, ATTR] = None
    approval_code: Annotated[str | None, ATTR] = None
    authorisation_code: Annotated[str | None, ATTR] = None
    acquirer_batch: Annotated[str | None, ATTR] = None
    card_circuit: Annotated[str | None, ATTR] = None
    fiscal_receipt: Annotated[bool | None, ATTR] = None
    time_display: Annotated[bool | None, ATTR] = None
    loyalty_allowed: Annotated[bool | None, ATTR] = None
    receipt_copies: Annotated[int | None, ATTR] = None
    merchant: Annotated[str | None, ATTR] = None
    authorisation_type: Annotated[str | None, ATTR] = None
    receipt_number: Annotated[str | None, ATTR] = None
    capture_reference: Annotated[str | None, ATTR] = None
    tracking_reference: Annotated[str | None, ATTR] = None
    trx_reference_number: Annotated[str | None, ATTR] = None
    card_verification: Annotated[str | None, ATTR] = None
    cv2_result: Annotated[str | None, ATTR] = None
    post_code_result: Annotated[str | None, ATTR] = None
    address_result: Annotated[str | None, ATTR] = None
    aid_parameter: Annotated[str | None, ATTR] = None
    acquirer_id: Annotated[str | None, ATTR, NEEDED] = None
    time_stamp: Annotated[str | None, ATTR, NEEDED] = None

    @property
    def masked_pan(self) -> str:
        """The card's number to show; masked here again, whatever was sent."""
        for number in (self.card_pan, self.pan_print):
            if number is not None and number.reveal():
                return mask_text(mask_pan(number.reveal()))
        return mask_text(mask_pan(self.masked_card_number or ""))


class Tender(Element, frozen=True, kw_only=True):
    """What was taken, and how."""

    language_code: Annotated[str | None, ATTR] = None
    total_amount: TotalAmount | None = None
    authorisation: Authorisation | None = None
    restriction_codes: tuple[str, ...] = ()


class Reconciliation(Element, frozen=True, kw_only=True):
    """The terminal's totals."""

    language_code: Annotated[str | None, ATTR] = None
    total_amount: tuple[PaymentTotal, ...] = ()


class Submission(Element, frozen=True, kw_only=True):
    """Which offline payments reached the host."""

    language_code: Annotated[str | None, ATTR] = None
    successful: Annotated[CountedAmount | None, NEEDED] = None
    failed: Annotated[CountedAmount | None, NEEDED] = None


class PrinterReceipt(Element, frozen=True, kw_only=True):
    """Receipt of a PrinterParam: whether this kind of slip comes to that printer."""

    type: Annotated[str | None, ATTR] = None
    text: Annotated[str | None, TEXT] = None


class PrinterParam(Element, frozen=True, kw_only=True):
    """At Login: which slips the terminal shall send to a printer of the till."""

    type: Annotated[str | None, ATTR] = None
    receipt: tuple[PrinterReceipt, ...] = ()


class SignatureQuestion(Element, frozen=True, kw_only=True):
    """GetConfirmation of a SignatureParam: `yes` or `no`, and how long to wait, in seconds."""

    timeout: Annotated[int | None, ATTR] = None
    text: Annotated[str | None, TEXT] = None


class SignatureParam(Element, frozen=True, kw_only=True):
    """At Login: whether the till will confirm signatures."""

    get_confirmation: SignatureQuestion | None = None


class PrivateData(Element, frozen=True, kw_only=True):
    """What the parties agreed on besides the language: a plain text, or elements.

    What stands in it and is not known here is in `others`, as everywhere.
    """

    printer_param: tuple[PrinterParam, ...] = ()
    signature_param: SignatureParam | None = None
    card_holder_authentication: str | None = None
    card_technology_type: str | None = None
    card_verification_method: str | None = None
    error_code: str | None = None
    """1002700 is a success of Thales terminals."""
    error_text: str | None = None
    software_version: str | None = None
    reboot_info: str | None = None
    """When the terminal will restart next."""
    hash_data: str | None = None
    token_item: str | None = None
    text: Annotated[str | None, TEXT] = None


class Device(Element, frozen=True, kw_only=True):
    """What software a device runs."""

    popid: Annotated[str | None, ATTR, NEEDED] = None
    serial_number: str | None = None
    time_stamp: str | None = None
    ptid: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    application_name: str | None = None
    application_version: str | None = None
    contactless_kernel_name: str | None = None
    contactless_kernel_version: str | None = None
    firmware_name: str | None = None
    firmware_version: str | None = None
    os_name: str | None = None
    os_version: str | None = None
    encryption_module_name: str | None = None
    encryption_module_version: str | None = None
    product: str | None = None


class Devices(Element, frozen=True, kw_only=True):
    """A group of devices."""

    device: tuple[Device, ...] = ()


class Versions(Element, frozen=True, kw_only=True):
    """Answer to QuerySoftwareVersions."""

    devices: tuple[Devices, ...] = ()


class PINPadProgramLoad(Element, frozen=True, kw_only=True):
    """What to load anew."""

    force_application: bool | None = None
    force_contactless: bool | None = None
    force_firmware: bool | None = None
    force_operating_system: bool | None = None
    install_encrypt: bool | None = None
