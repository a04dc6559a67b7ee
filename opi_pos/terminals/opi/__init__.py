"""The terminal's side of O.P.I. in messages: what a simulator and a face share."""
