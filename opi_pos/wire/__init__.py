"""Codecs: bytes to typed values and back, for every protocol that is spoken from both sides.

Pure: no socket, no clock. Every failure to read or write is a `ProtocolError`.
"""
