"""What is particular about looking at the terminals of one protocol: one file each, named as its
driver, with a `VISIT` (see `opi_pos.cli.doctor.visit`).
"""

from __future__ import annotations
