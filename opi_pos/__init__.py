"""Take card payments from a point of sale, on any terminal, and never lose or double one."""
