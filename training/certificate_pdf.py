"""A certificate on one page of A4, in the reader's language."""

from __future__ import annotations

from io import BytesIO

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas

from training.models import Certificate

FONT = "STSong-Light"  # Latin and Chinese; every reader of PDF has it or one in its stead


def drawn(certificate: Certificate) -> bytes:
    """The PDF."""
    registerFont(UnicodeCIDFont(FONT))
    out = BytesIO()
    width, height = landscape(A4)
    page = Canvas(out, pagesize=(width, height), invariant=True)
    page.setTitle(str(certificate))
    page.setAuthor(_("Service desk"))
    page.setLineWidth(2)
    page.rect(36, 36, width - 72, height - 72)
    for size, y, text in _lines(certificate):
        page.setFont(FONT, size)
        page.drawCentredString(width / 2, height - y, text)
    page.setFont(FONT, 10)
    page.drawCentredString(width / 2, 72, certificate.link)
    page.linkURL(certificate.link, (width / 2 - 220, 66, width / 2 + 220, 84))
    page.showPage()
    page.save()
    return out.getvalue()


def _lines(certificate: Certificate) -> list[tuple[int, int, str]]:
    """Size, distance from the top, text."""
    until = date_format(timezone.localtime(certificate.valid_until), "DATE_FORMAT")
    issued = date_format(timezone.localtime(certificate.issued_at), "DATE_FORMAT")
    return [
        (16, 110, _("Certificate")),
        (34, 190, certificate.name),
        (14, 240, _("has passed everything that is asked for in")),
        (26, 290, certificate.get_area_display()),
        (14, 350, _("Issued on %(day)s") % {"day": issued}),
        (14, 376, _("Valid until %(day)s") % {"day": until}),
        (11, 440, _("Code: %(code)s. Verify it at:") % {"code": certificate.code}),
    ]
