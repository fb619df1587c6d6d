"""`init`: from the tools as they are to a config and mappings that fit them."""

from pmsync.cli.init.command import init

__all__ = ["init"]
