"""People's training out as CSV or Excel, and in from an earlier system with a preview (L5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.htmx import page
from csservice.lib.sheets import CSV, XLSX, UnreadableError, csv_lines, read, xlsx
from teams.http import Request
from teams.roles import Can
from training import actions
from training.actions.history import COLUMNS, MOST, FaultyError, Preview
from training.models import Record

SIZE = 2_000_000  # bytes of a file
SHOWN = 200
KEPT_S = 3600  # how long a preview may be booked


class FileForm(forms.Form):
    """A CSV or Excel file; `lines` once it is valid."""

    file = forms.FileField(
        label=gettext_lazy("CSV or Excel file"),
        error_messages={"required": gettext_lazy("Choose a file.")},
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )
    lines: list[tuple[int, list[str]]]

    def clean_file(self) -> UploadedFile[Any]:
        """The file, read. A fault names what to do."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > SIZE:
            raise forms.ValidationError(_("The file is larger than 2 MB. Split it."))
        try:
            self.lines = read(file.read(), limit=MOST + 1)
        except UnreadableError:
            said = _("This is no CSV file in UTF-8 and no Excel file. Save it as one of these.")
            raise forms.ValidationError(said) from None
        return file


@require_http_methods(["GET", "HEAD", "POST"])
def history(request: Request) -> HttpResponse:
    """Export, and the form of an import; POST looks at a file and shows what it would book."""
    if request.method == "POST":
        request.user.must(Can.RUN_TRAINING)
        form = FileForm(request.POST, request.FILES)
        if form.is_valid():
            now = timezone.now()
            found = actions.preview_history(form.lines, by=request.user, now=now)
            return _shown(request, FileForm(), preview=found, lines=form.lines)
        return _shown(request, form, status=422)
    return _shown(request, FileForm())


@require_POST
def history_book(request: Request) -> HttpResponse:
    """Book what the preview showed, whole. 422: faults, or the preview is too old."""
    request.user.must(Can.RUN_TRAINING)
    try:
        said = signing.loads(request.POST.get("lines", ""), salt=_salt(request), max_age=KEPT_S)
        lines = [(number, list(cells)) for number, cells in said]
    except signing.BadSignature:
        form = FileForm({})
        form.errors["file"] = form.error_class([_("Look at the file again before you book it.")])
        return _shown(request, form, status=422)
    try:
        booked = actions.import_history(lines, by=request.user, now=timezone.now())
    except FaultyError as faulty:
        found = Preview([], faulty.faults)
        return _shown(request, FileForm(), preview=found, lines=lines, status=422)
    n = len(booked)
    messages.success(
        request, ngettext("%(n)d training booked", "%(n)d trainings booked", n) % {"n": n}
    )
    return redirect("training-history")


def _shown(
    request: Request,
    form: FileForm,
    *,
    preview: Preview | None = None,
    lines: list[tuple[int, list[str]]] | None = None,
    status: int = 200,
) -> HttpResponse:
    runs = request.user.can(Can.RUN_TRAINING)
    fit = preview is not None and not preview.faults and bool(preview.new)
    context: dict[str, Any] = {
        "tab": "history",
        "form": form if runs else None,
        "preview": preview,
        "entries": preview.entries[:SHOWN] if preview else [],
        "more": max(0, len(preview.entries) - SHOWN) if preview else 0,
        "faults": preview.faults[:SHOWN] if preview else [],
        "signed": signing.dumps(lines, salt=_salt(request), compress=True) if fit else "",
        "columns": COLUMNS,
        "most": MOST,
    }
    status = 422 if preview and preview.faults else status
    return page(request, "training/history.html", context, partial="import", status=status)


def _salt(request: Request) -> str:
    """A preview is booked by whoever looked at it."""
    return f"training.history.{request.user.pk}"


# ---- out --------------------------------------------------------------------------------------
@require_safe
def history_csv(request: Request) -> StreamingHttpResponse:
    """Every training that one may see, as CSV that the import reads again."""
    answer = StreamingHttpResponse(csv_lines(_lines(request)), content_type=CSV)
    answer["Content-Disposition"] = 'attachment; filename="training.csv"'
    return answer


@require_safe
def history_xlsx(request: Request) -> HttpResponse:
    """The same as an Excel file."""
    answer = HttpResponse(xlsx(_lines(request), title=_("Training")), content_type=XLSX)
    answer["Content-Disposition"] = 'attachment; filename="training.xlsx"'
    return answer


def _lines(request: Request) -> Iterator[list[Any]]:
    """The columns of an import first, in its words, then what only this system knows."""
    yield [*COLUMNS, "person", "way"]
    rows = Record.objects.visible_to(request.user).select_related("user", "course")
    for row in rows.order_by("user__name", "user", "at", "pk").iterator(chunk_size=500):
        yield [
            row.user.username,
            row.area,
            timezone.localdate(row.at).isoformat(),
            row.course.name if row.course else row.name,
            row.minutes,
            "" if row.score is None else float(row.score),
            "yes" if row.passed else "no",
            row.user.name,
            row.way,
        ]
