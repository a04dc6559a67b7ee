"""Computop's Paygate: it hears of a terminal's payments, notifies the shop, answers inquiries."""

from __future__ import annotations

from terminal_bridge.simulator.computop.paygate import Merchant, Paygate
from terminal_bridge.simulator.computop.server import PaygateConfig, serve_paygate

__all__ = ["Merchant", "Paygate", "PaygateConfig", "serve_paygate"]
