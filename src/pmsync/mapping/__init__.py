"""Relating one tool's words to the shared schema: hub and spoke, so that N tools need N mappings. Pure."""
