"""Attachments: what a file is, is found from its bytes, never from its name."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import PurePath
from typing import Protocol

import filetype
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from csservice.lib.errors import InvalidError
from tickets.models import Attachment, Message

LARGEST = 10 * 1024 * 1024
MOST = 5
KNOWN = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
TEXT = {".txt": "text/plain", ".csv": "text/csv", ".eml": "message/rfc822"}


class Upload(Protocol):
    """A file as a form or a program sends it."""

    @property
    def name(self) -> str | None: ...

    @property
    def size(self) -> int | None: ...

    def read(self) -> bytes: ...


def store(message: Message, files: Sequence[Upload]) -> list[Attachment]:
    """Keep `files` with the message; called inside the action's transaction.

    Raises InvalidError (`files`): too many, too large, empty, or of a type not taken.
    """
    if len(files) > MOST:
        raise InvalidError("files", _("Attach at most %(most)s files.") % {"most": MOST})
    return [_store(message, upload) for upload in files]


def _store(message: Message, upload: Upload) -> Attachment:
    name = PurePath((upload.name or "").replace("\\", "/")).name[:200] or "file"
    if (upload.size or 0) > LARGEST:
        said = _("%(name)s is too large. Attach files of up to 10 MB.")
        raise InvalidError("files", said % {"name": name})
    content = upload.read()
    kind = type_of(name, content)
    if kind is None:
        said = _("%(name)s cannot be attached. Attach a PDF, picture, Word, Excel or text file.")
        raise InvalidError("files", said % {"name": name})
    digest = hashlib.sha256(content).hexdigest()
    row = Attachment(message=message, name=name, type=kind, size=len(content), digest=digest)
    row.file.save(name, ContentFile(content), save=True)
    return row


def type_of(name: str, content: bytes) -> str | None:
    """The media type found from the bytes; text only by its ending and if it is clean text.

    None: empty, or nothing that is taken. Markup is never taken, whatever it is called.
    """
    if not content:
        return None
    guess = filetype.guess(content)
    if guess is not None:
        return guess.mime if guess.mime in KNOWN else None
    kind = TEXT.get(PurePath(name).suffix.lower())
    head = content[:4096].lstrip().lower()
    if kind is None or b"\0" in content or head.startswith((b"<", b"\xef\xbb\xbf<")):
        return None
    return kind
