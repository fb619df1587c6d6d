"""The jira emulator."""
