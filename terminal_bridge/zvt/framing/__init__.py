"""APDUs out of bytes and back: bare on TCP, in checked frames on a serial line. No I/O."""
