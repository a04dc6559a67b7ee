"""Talks to terminals: links, one driver per system, and the simulators at the other end."""
