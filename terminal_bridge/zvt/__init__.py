"""The ZVT protocol: bytes and dialogue, without I/O. Its codec lands with the ZVT driver."""
