"""The asana connector."""
