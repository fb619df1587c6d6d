"""`demo`: three tools brought together on this machine, edited by three people at once, and brought together again."""

from pmsync.cli.demo.command import demo

__all__ = ["demo"]
