"""pmsync keeps every work item the same in Jira, Trello and Asana, both ways, field by field."""

__version__ = "0.1.0"
