"""Computop's Paygate as a shop sees it: notifications about payments at its terminals, and the
question how one of them stands.

`read_notification` reads the form that Paygate posts, plain or encrypted, checks its MAC and leaves
full card data out; `write_inquiry` and `read_inquiry` are the status inquiry by RefNr.

Sources: Computop's "POS Notify Service" and its pages on MAC and encryption. The MAC formula of
notifications about terminals is the general one [inferred], and so a setting.
"""

from __future__ import annotations

from opi_pos.wire.computop.inquiry import (
    Inquiry,
    read_inquiry,
    read_inquiry_request,
    write_inquiry,
    write_inquiry_answer,
)
from opi_pos.wire.computop.mac import NOTIFICATION_MAC, sign
from opi_pos.wire.computop.notification import (
    MacError,
    Notification,
    Said,
    read_notification,
    write_notification,
)
from opi_pos.wire.computop.sealing import Cipher, Keys

__all__ = [
    "NOTIFICATION_MAC",
    "Cipher",
    "Inquiry",
    "Keys",
    "MacError",
    "Notification",
    "Said",
    "read_inquiry",
    "read_inquiry_request",
    "read_notification",
    "sign",
    "write_inquiry",
    "write_inquiry_answer",
    "write_notification",
]
