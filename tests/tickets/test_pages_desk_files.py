"""Attachments: found by their bytes, downloaded and never shown, seen only with their ticket."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories import make_attachment, make_message, make_ticket
from tickets.models import Attachment, Message, Ticket

pytestmark = pytest.mark.usefixtures("clock")
PDF = b"%PDF-1.4\n%tests\n"
CHUNK = struct.pack(">I", 13) + b"IHDR" + struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
PNG = b"\x89PNG\r\n\x1a\n" + CHUNK + struct.pack(">I", zlib.crc32(CHUNK[4:]))
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def send(browser: Client, ticket: Ticket, *files: tuple[str, bytes]) -> Any:
    uploads = [SimpleUploadedFile(name, content, "text/html") for name, content in files]
    return browser.post(f"/t/{ticket.pk}/respond/", {"text": "See the file", "files": uploads})


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("picture.html", PNG, "image/png"),
        ("rows.csv", b"a,b\n1,2\n", "text/csv"),
        ("words.txt", "你好".encode(), "text/plain"),
    ],
)
def test_a_file_is_what_its_bytes_say(
    name: str, content: bytes, kind: str, ticket: Ticket, owner_browser: Client
) -> None:
    assert send(owner_browser, ticket, (name, content)).status_code == 302
    row = Attachment.objects.get()
    assert (row.name, row.type, row.size) == (name, kind, len(content))
    page = owner_browser.get(f"/t/{ticket.pk}/").content.decode()
    assert f'href="/attachments/{row.pk}/" download' in page


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<html><script>alert(1)</script>"),
        ("drawing.svg", SVG),
        ("drawing.txt", SVG),
        ("fake.png", b"no picture at all"),
        ("page.txt", b"  \n<!doctype html><script>"),
        ("run.pdf", b"MZ\x90\x00" + b"\x00" * 300),
        ("nothing.pdf", b" "),
        ("huge.pdf", PDF + b"x" * (10 * 1024 * 1024)),
    ],
)
def test_what_is_not_taken_is_refused_and_the_text_is_kept(
    name: str, content: bytes, ticket: Ticket, owner_browser: Client
) -> None:
    answer = send(owner_browser, ticket, (name, content))
    said = answer.content.decode()
    assert answer.status_code == 422
    assert "See the file</textarea>" in said
    assert name in said
    assert not Message.objects.exists()
    assert not Attachment.objects.exists()


def test_five_files_and_no_more(ticket: Ticket, owner_browser: Client) -> None:
    answer = send(owner_browser, ticket, *[(f"{n}.pdf", PDF) for n in range(6)])
    assert answer.status_code == 422
    assert "Attach at most 5 files." in answer.content.decode()
    assert send(owner_browser, ticket, *[(f"{n}.pdf", PDF) for n in range(5)]).status_code == 302


def test_a_download_is_never_a_page_of_ours(ticket: Ticket, owner_browser: Client) -> None:
    message = make_message(ticket=ticket)
    row = make_attachment(message=message, name='x";evil=\r\n.html', content=PDF)
    answer = owner_browser.get(f"/attachments/{row.pk}/")
    assert answer.content == PDF
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert answer["Content-Type"] == "application/pdf"
    assert "\n" not in answer["Content-Disposition"]


def test_a_file_is_seen_only_with_its_ticket(
    ticket: Ticket, owner_browser: Client, stranger_browser: Client, client: Client
) -> None:
    row = make_attachment(message=make_message(ticket=ticket))
    assert owner_browser.get(f"/attachments/{row.pk}/").status_code == 200
    assert stranger_browser.get(f"/attachments/{row.pk}/").status_code == 404
    assert "/accounts/login/" in client.get(f"/attachments/{row.pk}/")["Location"]
    other = make_attachment(message=make_message(ticket=make_ticket(step="analysis")))
    assert owner_browser.get(f"/attachments/{other.pk}/").status_code == 404
