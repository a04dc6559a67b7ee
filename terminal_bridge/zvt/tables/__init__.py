"""The protocol's tables as data: bitmaps, TLV tags, commands, codes and their texts."""
