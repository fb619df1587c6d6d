"""Formatted text: one canonical Markdown, its tree, and merging. Pure; each connector adds its tool's dialect."""

from pmsync.text.canon import canonical
from pmsync.text.parsing import parse
from pmsync.text.rendering import render

__all__ = ["canonical", "parse", "render"]
