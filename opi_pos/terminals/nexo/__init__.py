"""nexo: what a terminal reads, answers and asks."""
