"""The asana emulator."""
