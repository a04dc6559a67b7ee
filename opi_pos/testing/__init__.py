"""What tests of this project and of its users share: fakes, playbooks, contract suites."""

from __future__ import annotations
