"""Figures, never asserted in a test: how long a pass takes, and how much memory it needs."""
