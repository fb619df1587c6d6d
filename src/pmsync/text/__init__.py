"""Formatted text: one canonical Markdown, its tree, and merging. Pure; each connector adds its tool's dialect."""
