"""What people do in the three real tools, each in the tool's own way: given native values, done over the tool's API."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from tests.simulation.world import Refused
from users import AsanaUser, JiraUser, TrelloUser

from pmsync.model.fields import Field, Json
from pmsync.model.native import Native
from pmsync_asana import marker


class Hands(Protocol):
    """One person in one tool. Each method raises AssertionError where the tool refuses, Refused where it cannot."""

    def create(self, title: str) -> str:
        """Make an item; its id."""
        ...

    def places(self, now: Native) -> Sequence[Json]:
        """The statuses that an item can be given in one step, as native values."""
        ...

    def edit(self, now: Native, name: Field, value: Json) -> None:
        """Give a field another value."""
        ...

    def copy(self, now: Native) -> None:
        """Copy an item as the tool does, or as people do where it has no way to."""
        ...

    def archive(self, now: Native) -> None:
        """Put an item away."""
        ...

    def delete(self, now: Native) -> None:
        """Delete an item."""
        ...

    def leave(self, now: Native) -> None:
        """Move an item to where pmsync may look, and does not care."""
        ...


class TrelloHands:
    """See `Hands`."""

    def __init__(self, user: TrelloUser) -> None:
        self._user = user
        self._elsewhere = ""

    def create(self, title: str) -> str:
        """See `Hands`."""
        return self._user.create(title)

    def places(self, now: Native) -> Sequence[Json]:
        """See `Hands`."""
        return [{"place": place} for place in self._user.lists.values()]

    def edit(self, now: Native, name: Field, value: Json) -> None:
        """See `Hands`."""
        user, id_ = self._user, now.ref.id
        match name:
            case Field.TITLE | Field.DESCRIPTION:
                user.edit(id_, **{"name" if name is Field.TITLE else "desc": value})
            case Field.STATUS:
                user.edit(id_, idList=_place(value))
            case Field.ASSIGNEES:
                user.edit(id_, idMembers=value)
            case Field.DUE:
                user.edit(id_, due=value)
            case Field.LABELS:
                _toggle(user, now, value)
            case _:
                raise Refused(f"nobody changes {name} there")

    def copy(self, now: Native) -> None:
        """See `Hands`. Attachments come with it, and pmsync's marker is one."""
        body = {"idCardSource": now.ref.id, "idList": _place(now.fields[Field.STATUS]), "keepFromSource": "all"}
        self._user.call("POST", "/cards", body)

    def archive(self, now: Native) -> None:
        """See `Hands`."""
        self._user.archive(now.ref.id)

    def delete(self, now: Native) -> None:
        """See `Hands`."""
        self._user.delete(now.ref.id)

    def leave(self, now: Native) -> None:
        """See `Hands`."""
        if not self._elsewhere:
            board = self._user.call("POST", "/boards", {"name": "Elsewhere"})["id"]
            self._user.call("PUT", f"/boards/{board}/members/{self._user.person('pmsync')}", {"type": "normal"})
            self._elsewhere = board
        self._user.edit(now.ref.id, idBoard=self._elsewhere)


class JiraHands:
    """See `Hands`."""

    def __init__(self, user: JiraUser) -> None:
        self._user = user

    def create(self, title: str) -> str:
        """See `Hands`."""
        return self._user.create(title, "Backlog")

    def places(self, now: Native) -> Sequence[Json]:
        """See `Hands`."""
        return [{"place": place} for place in self._ways(now)]

    def edit(self, now: Native, name: Field, value: Json) -> None:
        """See `Hands`."""
        user, id_ = self._user, now.ref.id
        match name:
            case Field.TITLE | Field.DESCRIPTION:
                user.edit(id_, **{"summary" if name is Field.TITLE else "description": value})
            case Field.STATUS:
                way = self._ways(now).get(_place(value))
                if way is None:
                    raise Refused("the workflow has no such step")
                user.transition(id_, way)
            case Field.ASSIGNEES:
                people = _list(value)
                user.edit(id_, assignee={"accountId": people[0]} if people else None)
            case Field.DUE:
                user.edit(id_, duedate=value)
            case Field.LABELS:
                user.edit(id_, labels=value)
            case Field.PRIORITY:
                user.edit(id_, priority=None if value is None else {"id": value})
            case _:
                raise Refused(f"nobody changes {name} there")

    def copy(self, now: Native) -> None:
        """See `Hands`. A clone has the fields, and not the properties."""
        fields = now.fields
        people = _list(fields.get(Field.ASSIGNEES))
        copied: dict[str, Any] = {
            "description": fields.get(Field.DESCRIPTION),
            "labels": fields.get(Field.LABELS),
            "duedate": fields.get(Field.DUE),
            "assignee": {"accountId": people[0]} if people else None,
        }
        made = self._user.create(str(fields[Field.TITLE]), "Backlog")
        self._user.edit(made, **{name: value for name, value in copied.items() if value})

    def archive(self, now: Native) -> None:
        """See `Hands`."""
        self._user.call("PUT", "/issue/archive", {"issueIdsOrKeys": [now.ref.id]})

    def delete(self, now: Native) -> None:
        """See `Hands`."""
        self._user.delete(now.ref.id)

    def leave(self, now: Native) -> None:
        """See `Hands`."""
        raise Refused("there is no other project")

    def _ways(self, now: Native) -> dict[str, str]:
        offered = self._user.call("GET", f"/issue/{now.ref.id}/transitions")["transitions"]
        return {str(one["to"]["id"]): str(one["id"]) for one in offered}


class AsanaHands:
    """See `Hands`."""

    def __init__(self, user: AsanaUser, priority: str) -> None:
        self._user = user
        self._priority = priority

    def create(self, title: str) -> str:
        """See `Hands`."""
        return self._user.create(title)

    def places(self, now: Native) -> Sequence[Json]:
        """See `Hands`."""
        return [{"place": place, "completed": done} for place in self._user.sections.values() for done in (False, True)]

    def edit(self, now: Native, name: Field, value: Json) -> None:
        """See `Hands`."""
        user, id_ = self._user, now.ref.id
        match name:
            case Field.TITLE:
                user.edit(id_, name=value)
            case Field.DESCRIPTION:
                # Who edits the text sees the marker's line in it, and leaves it alone.
                user.edit(id_, html_notes=marker.attach(str(value), now.marker))
            case Field.STATUS:
                self._move(now, value)
            case Field.ASSIGNEES:
                user.edit(id_, assignee=next(iter(_list(value)), None))
            case Field.DUE:
                user.edit(id_, due_on=value)
            case Field.LABELS:
                _toggle(user, now, value)
            case Field.PRIORITY:
                user.edit(id_, custom_fields={self._priority: value})
            case _:
                raise Refused(f"nobody changes {name} there")

    def copy(self, now: Native) -> None:
        """See `Hands`. The notes come with it, and pmsync's marker is in them."""
        fields = now.fields
        notes = marker.attach(str(fields[Field.DESCRIPTION] or marker.EMPTY), now.marker)
        made = self._user.create(str(fields[Field.TITLE]))
        self._user.edit(
            made,
            html_notes=notes,
            assignee=next(iter(_list(fields[Field.ASSIGNEES])), None),
            due_on=str(fields[Field.DUE])[:10] if fields[Field.DUE] else None,
        )
        self._user.move(made, self._name(_place(fields[Field.STATUS])))

    def archive(self, now: Native) -> None:
        """See `Hands`."""
        raise Refused("Asana has no archive for tasks")

    def delete(self, now: Native) -> None:
        """See `Hands`."""
        self._user.delete(now.ref.id)

    def leave(self, now: Native) -> None:
        """See `Hands`."""
        self._user.call("POST", f"/tasks/{now.ref.id}/removeProject", {"data": {"project": self._user.project}})

    def _move(self, now: Native, value: Json) -> None:
        before = now.fields[Field.STATUS]
        if _place(value) != _place(before):
            self._user.move(now.ref.id, self._name(_place(value)))
        assert isinstance(value, dict)
        assert isinstance(before, dict)
        if value.get("completed") != before.get("completed"):
            self._user.complete(now.ref.id, done=bool(value["completed"]))

    def _name(self, section: str) -> str:
        return next((name for name, gid in self._user.sections.items() if gid == section), "To Do")


def _toggle(user: TrelloUser | AsanaUser, now: Native, value: Json) -> None:
    before, after = _list(now.fields[Field.LABELS]), _list(value)
    for name in after:
        if name not in before:
            user.label(now.ref.id, name)
    for name in before:
        if name not in after:
            user.unlabel(now.ref.id, name)


def _list(value: Json) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _place(value: Json) -> str:
    assert isinstance(value, Mapping)
    return str(value["place"])
