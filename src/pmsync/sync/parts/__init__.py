"""Comments and attachments in step: read where their item changed, decided, and carried to the item's other tools."""
