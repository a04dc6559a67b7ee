"""The bitmaps: one byte says which field follows, and with it how long it is (PA00P015 ch. 10).

Bitmaps have no common length, so an unknown one makes the rest of its message unreadable.
"""

from __future__ import annotations

from typing import Final, NamedTuple

LL: Final = -2
"""Two bytes Fx Fy before the content, xy is its length."""
LLL: Final = -3
"""Three bytes Fx Fy Fz."""
TLV: Final = -1
"""A TLV length: up to 7F, 81 nn or 82 hi lo."""


class Bmp(NamedTuple):
    """`size` in bytes, or `LL`, `LLL`, `TLV`; `coding` names an entry of `codings.CODINGS`."""

    name: str
    size: int
    coding: str


CONTAINER: Final = 0x06
"""The bitmap that holds the TLV objects."""

BMPS: Final[dict[int, Bmp]] = {
    0x01: Bmp("timeout_s", 1, "byte"),
    0x02: Bmp("max_status_infos", 1, "byte"),
    0x03: Bmp("service_byte", 1, "byte"),
    0x04: Bmp("amount", 6, "amount"),
    0x05: Bmp("pump_no", 1, "byte"),
    0x06: Bmp("tlv_container", TLV, "objects"),
    0x0B: Bmp("trace_no", 3, "digits"),
    0x0C: Bmp("time", 3, "digits"),
    0x0D: Bmp("date", 2, "digits"),
    0x0E: Bmp("expiry", 2, "digits"),
    0x17: Bmp("card_sequence_no", 2, "digits"),
    0x19: Bmp("type_byte", 1, "byte"),
    0x22: Bmp("pan", LL, "pan"),
    0x23: Bmp("track2", LL, "secret"),
    0x24: Bmp("track3", LLL, "secret"),
    0x27: Bmp("result_code", 1, "byte"),
    0x29: Bmp("terminal_id", 4, "digits"),
    0x2A: Bmp("merchant_no", 15, "padded"),
    0x2D: Bmp("track1", LL, "secret_text"),
    0x2E: Bmp("sync_chip_data", LLL, "bytes"),
    0x37: Bmp("original_trace_no", 3, "digits"),
    0x3A: Bmp("cvv", 2, "secret"),
    0x3B: Bmp("approval_code", 8, "nul_padded"),
    0x3C: Bmp("additional_text", LLL, "text"),
    0x3D: Bmp("password", 3, "secret"),
    0x49: Bmp("currency", 2, "currency"),
    0x4C: Bmp("blocked_goods", LL, "goods"),
    0x60: Bmp("totals", LLL, "totals"),
    0x70: Bmp("image_id", 4, "number"),
    0x71: Bmp("image_size", 4, "number"),
    0x72: Bmp("image_mime", 1, "byte"),
    0x73: Bmp("image_encoding", 1, "byte"),
    0x74: Bmp("chunk_count", 1, "byte"),
    0x75: Bmp("chunk_index", 1, "byte"),
    0x76: Bmp("image_persistence", 1, "byte"),
    0x87: Bmp("receipt_no", 2, "nibbles"),
    0x88: Bmp("turnover_no", 3, "digits"),
    0x8A: Bmp("card_type", 1, "byte"),
    0x8B: Bmp("card_name", LL, "ended"),
    0x8C: Bmp("card_type_network", 1, "byte"),
    0x92: Bmp("aid_par_offline", LLL, "bytes"),
    0x9A: Bmp("geldkarte_record", LLL, "bytes"),
    0xA0: Bmp("host_code", 1, "byte"),
    0xA7: Bmp("ef_id", LL, "bytes"),
    0xAA: Bmp("full_date", 3, "digits"),
    0xAF: Bmp("ef_info", LLL, "bytes"),
    0xBA: Bmp("aid_par", 5, "bytes"),
    0xD0: Bmp("algorithm_id", 1, "byte"),
    0xD1: Bmp("card_offset_pin_data", LL, "secret_bytes"),
    0xD2: Bmp("card_output_direction", 1, "byte"),
    0xD3: Bmp("dukpt_key_id", 1, "byte"),
    0xE0: Bmp("min_input", 1, "byte"),
    0xE1: Bmp("text2_line1", LL, "text"),
    0xE2: Bmp("text2_line2", LL, "text"),
    0xE3: Bmp("text2_line3", LL, "text"),
    0xE4: Bmp("text2_line4", LL, "text"),
    0xE5: Bmp("text2_line5", LL, "text"),
    0xE6: Bmp("text2_line6", LL, "text"),
    0xE7: Bmp("text2_line7", LL, "text"),
    0xE8: Bmp("text2_line8", LL, "text"),
    0xE9: Bmp("max_input", 1, "byte"),
    0xEA: Bmp("echo_input", 1, "byte"),
    0xEB: Bmp("mac", 8, "bytes"),
    0xF0: Bmp("duration_s", 1, "byte"),
    0xF1: Bmp("text_line1", LL, "text"),
    0xF2: Bmp("text_line2", LL, "text"),
    0xF3: Bmp("text_line3", LL, "text"),
    0xF4: Bmp("text_line4", LL, "text"),
    0xF5: Bmp("text_line5", LL, "text"),
    0xF6: Bmp("text_line6", LL, "text"),
    0xF7: Bmp("text_line7", LL, "text"),
    0xF8: Bmp("text_line8", LL, "text"),
    0xF9: Bmp("beeps", 1, "byte"),
    0xFA: Bmp("card_reader_activation", 1, "byte"),
    0xFB: Bmp("confirm_with_ok", 1, "byte"),
    0xFC: Bmp("dialog_control", 1, "byte"),
    0xFD: Bmp("display_device", 1, "byte"),
}
