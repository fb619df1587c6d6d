"""The Asana connector."""

from pmsync_asana.plugin import AsanaPlugin

__all__ = ["plugin"]

plugin = AsanaPlugin()
