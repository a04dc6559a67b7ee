"""`python -m opi_pos.cli`, for where the script is not on the path."""

from __future__ import annotations

import sys

from opi_pos.cli import main

sys.exit(main())
