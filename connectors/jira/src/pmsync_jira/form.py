"""A file as the body of a request, read while it goes out. Pure but for the reading."""

import re
import secrets
from collections.abc import Iterator, Mapping

from pmsync.connector.parts import Content
from pmsync.errors import RejectedError

_UNFIT = re.compile(r'[\\/":?*<>|\x00-\x1f\x7f]')
"""Characters that Jira takes in no file's name."""
_LONGEST = 255


class Form:
    """One file as `multipart/form-data`. It can be gone through once; its length is known where the file's is."""

    def __init__(self, content: Content) -> None:
        self._content = content
        boundary = secrets.token_hex(16)
        kind = content.type if re.fullmatch(r"[\w.+-]+/[\w.+-]+", content.type) else "application/octet-stream"
        self._head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{file_name(content.name)}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        ).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        # Without the second header Jira takes a form for the work of a forger.
        self.headers: Mapping[str, str] = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "X-Atlassian-Token": "no-check",
        }

    @property
    def body(self) -> "Form | Iterator[bytes]":
        """What requests is given: with a length it is announced, without one sent in chunks."""
        return iter(self) if self._content.size is None else self

    def __len__(self) -> int:
        return len(self._head) + (self._content.size or 0) + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        size = 0
        for block in self._content.blocks:
            size += len(block)
            yield block
        if self._content.size is not None and size != self._content.size:
            raise RejectedError(
                f"the file {self._content.name!r} is {size} bytes long, not {self._content.size} as told"
            )
        yield self._tail


def file_name(name: str) -> str:
    """The name that a file gets in Jira."""
    return _UNFIT.sub("_", name).strip()[-_LONGEST:] or "file"
