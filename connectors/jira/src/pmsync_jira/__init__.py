"""The Jira connector: Jira Cloud (REST v3) and Jira Data Center (REST v2)."""

from pmsync_jira.plugin import plugin

__all__ = ["plugin"]
