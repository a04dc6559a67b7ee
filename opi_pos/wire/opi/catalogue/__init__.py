"""The elements of the six messages, one struct each."""
