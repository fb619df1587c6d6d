"""The Trello connector."""

from pmsync_trello.plugin import plugin

__all__ = ["plugin"]
