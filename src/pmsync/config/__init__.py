"""The user's files: read, checked whole, and handed on as values."""

from pmsync.config.load import config_path, load, redacted, secrets
from pmsync.config.schema import schema
from pmsync.config.settings import (
    Alerts,
    Config,
    ConnectionConfig,
    FieldConfig,
    Mail,
    MemberConfig,
    OnDelete,
    Polling,
    Security,
    Serve,
    SyncConfig,
)
from pmsync.config.shelf import load_mapping, shipped

__all__ = [
    "Alerts",
    "Config",
    "ConnectionConfig",
    "FieldConfig",
    "Mail",
    "MemberConfig",
    "OnDelete",
    "Polling",
    "Security",
    "Serve",
    "SyncConfig",
    "config_path",
    "load",
    "load_mapping",
    "redacted",
    "schema",
    "secrets",
    "shipped",
]
