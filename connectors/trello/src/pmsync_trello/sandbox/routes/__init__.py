"""Every route of Trello's that the sandbox answers, but the batch, which asks the others."""

from pmsync_trello.sandbox.router import Route
from pmsync_trello.sandbox.routes import (
    attachments,
    boards,
    cards,
    checklists,
    comments,
    labels,
    lists,
    members,
    webhooks,
)

ROUTES: tuple[Route, ...] = (
    *boards.ROUTES,
    *lists.ROUTES,
    *cards.ROUTES,
    *comments.ROUTES,
    *attachments.ROUTES,
    *checklists.ROUTES,
    *labels.ROUTES,
    *members.ROUTES,
    *webhooks.ROUTES,
)
