"""A terminal's side of a protocol in bytes: the rules of `opi_pos.poi` in the messages of `wire`.

Below both rims, because a face in `listener` and a simulator in `terminal_bridge` need the same.
"""
