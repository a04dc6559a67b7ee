"""Everything this library raises.

    OpiPosError
    ├── UsageError            the caller's argument cannot be used; names it and the remedy
    │   ├── ConfigurationError    a key of the configuration; names the key
    │   ├── CapabilityError       this terminal cannot do that; names the capability
    │   └── ReferenceUsedError    the shop's reference already stands for something else
    ├── ProtocolError         bytes that are not a message; names the path inside it
    ├── LinkError             the byte pipe; says whether a byte may have left
    ├── WatcherCutOffError    a watcher of the bus read too slowly (in `opi_pos.bus.local`)
    └── JournalError          the journal cannot be used; nothing was sent
        └── KeyTakenError         another exchange holds the key (rule 6)

No exception says anything about money: how a payment ended is a `Result`.
"""

from __future__ import annotations


class OpiPosError(Exception):
    """The root. Its text is one sentence that names the remedy."""


class UsageError(OpiPosError):
    """An argument that cannot be used: a bad amount, an unknown terminal name."""


class ConfigurationError(UsageError):
    """A key of the configuration is unknown, missing or wrong.

    Examples: `poi.front.url: missing`, `recovery_s: must be a number`.
    """

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem


class CapabilityError(UsageError):
    """The terminal lacks an operation. Raised before anything was sent."""

    def __init__(self, capability: str, problem: str) -> None:
        super().__init__(f"{problem} (capability: {capability})")
        self.capability = capability


class ReferenceUsedError(UsageError):
    """The reference already names another amount, or an approval that is too old to repeat."""

    def __init__(self, reference: str, problem: str) -> None:
        super().__init__(f"reference {reference!r}: {problem}")
        self.reference = reference


class ProtocolError(OpiPosError):
    """Received bytes are not a message that we understand, or a message cannot be written.

    `path` is the dotted place in the message (`PaymentRequest.PaymentTransaction.AmountsReq
    .Currency`), empty when the bytes as a whole are meant. The text never repeats the value that
    stood there, because it may be card data.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.path = path
        self.problem = problem


class LinkError(OpiPosError):
    """A connection could not be made or broke.

    `written` is False only when it is certain that no byte of the request left.
    """

    def __init__(self, problem: str, *, written: bool) -> None:
        super().__init__(problem)
        self.written = written


class JournalError(OpiPosError):
    """The journal cannot be opened, read or written."""


class KeyTakenError(JournalError):
    """A second exchange for a key that is open, in doubt or approved; nothing was written."""
