"""The trello emulator."""
