"""The shared schema: what an item is, in no tool's words. Pure."""
