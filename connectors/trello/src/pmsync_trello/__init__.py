"""The trello connector."""
