"""Settings: quick replies, everybody's and one's own, and the checklists of categories (W1, W3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from csservice.lib.errors import RefusedError
from teams.http import Request
from teams.models import User
from teams.roles import Can
from tickets import actions, macros
from tickets.actions.macros import unknown_placeholder
from tickets.forms.macros import ChecklistForm, MacroForm, step_words, typed
from tickets.models import Category, ChecklistItem, Macro, Product


class Line(NamedTuple):
    """One macro in the list, with what it does besides in words."""

    macro: Macro
    besides: list[str]
    languages: list[str]
    keeps: bool


@require_safe
def settings_macros(request: Request) -> HttpResponse:
    """What one may see: one's own first, then the shared ones; how much each is used."""
    user = request.user
    since = timezone.localdate() - timedelta(days=macros.LOOK_BACK_DAYS)
    seen = Macro.objects.visible_to(user).select_related("group", "category")
    counted: Any = seen.nearest_first().counted(since)
    rows = list(counted.order_by("-active", "reach", "name", "pk"))
    keeps = user.can(Can.KEEP_CATALOGUE)
    own = [_line(row, keeps=True) for row in rows if row.owner_id == user.pk]
    context = {
        "parts": [
            (_("My own"), "own", own),
            (_("Shared"), "shared", [_line(row, keeps=keeps) for row in rows if not row.owner_id]),
        ],
        "keeps": keeps,
        "writes": user.can(Can.WORK_TICKETS),
        "checklists": _checklists() if keeps else [],
    }
    return render(request, "tickets/settings_macros.html", context)


def _line(macro: Macro, *, keeps: bool) -> Line:
    texts = ((_("English"), macro.text_en), (_("Chinese"), macro.text_zh))
    languages = [name for name, text in texts if text]
    return Line(macro, step_words(macro.steps), languages, keeps)


def _checklists() -> list[tuple[str, Category | Product, int]]:
    """Every category and offered product, with how many points its checklist has."""
    n = Count("checklist", filter=Q(checklist__active=True))
    categories: Any = Category.objects.in_use().annotate(n=n)
    products: Any = Product.objects.offered().annotate(n=n)
    found = [("category", row, row.n) for row in categories]
    return [*found, *(("product", row, row.n) for row in products)]


@require_http_methods(["GET", "POST"])
def macro_edit(request: Request, pk: int | None = None) -> HttpResponse:
    """A new quick reply, or one that stands: read by all it is for, changed by who keeps it.

    `do` = preview shows the texts filled in and writes nothing.
    """
    user = request.user
    found = get_object_or_404(Macro.objects.visible_to(user), pk=pk) if pk else None
    if not _may(user, found) and (request.method == "POST" or found is None):
        user.must(Can.KEEP_CATALOGUE)
    form = MacroForm(
        request.POST or None,
        user=user,
        macro=found,
        keeps=user.can(Can.KEEP_CATALOGUE),
        initial=typed(found) if found else _empty(user),
    )
    preview = request.POST.get("do") == "preview"
    if request.method == "POST" and not preview:
        extra: dict[str, Any] = {"by": user, "now": timezone.now()}
        saved = form.tried(actions.save_macro, pk, **extra)
        if saved is not None:
            messages.success(request, _("Saved."))
            return redirect("settings-macro", saved.pk)
    context = {
        "form": form,
        "macro": found,
        "keeps": _may(user, found),
        "besides": step_words(found.steps) if found else [],
        "texts": _texts(form, preview=preview),
        "holes": macros.PLACEHOLDERS,
    }
    if preview and request.htmx:
        return render(request, "tickets/settings_macro.html#preview", context)
    status = 422 if form.is_bound and form.errors and not preview else 200
    return render(request, "tickets/settings_macro.html", context, status=status)


def _may(user: User, macro: Macro | None) -> bool:
    """Whether `user` keeps this one; of a new one: any."""
    if macro is None:
        return user.can(Can.KEEP_CATALOGUE) or user.can(Can.WORK_TICKETS)
    return macro.owner_id == user.pk or (not macro.owner_id and user.can(Can.KEEP_CATALOGUE))


def _empty(user: User) -> dict[str, Any]:
    own = not user.can(Can.KEEP_CATALOGUE)
    return {"scope": "own" if own else "everybody"}


def _texts(form: MacroForm, *, preview: bool) -> list[dict[str, Any]]:
    """Both texts as a customer would read them, with an invented ticket; and what is not known."""
    samples = {
        "en": {"customer": "Li Na", "subject": "Card is refused", "due": "3 Dec 2026, 15:20"},
        "zh-Hans": {"customer": "李娜", "subject": "卡片刷不了", "due": "2026年12月3日 15:20"},
    }
    found = []
    for field, lang, label in (
        ("text_en", "en", _("English")),
        ("text_zh", "zh-Hans", _("Chinese")),
    ):
        text = str(form[field].value() or "")
        values = samples[lang] | {"number": "10479", "specialist": _specialist(lang)}
        wrong = [unknown_placeholder(hole) for hole in macros.unknown(text)] if preview else []
        found.append(
            {"lang": lang, "label": label, "text": macros.fill(text, values), "wrong": wrong}
        )
    return found


def _specialist(lang: str) -> str:
    return "王芳" if lang == "zh-Hans" else "Wang Fang"


@require_POST
def macro_retire(request: Request, pk: int) -> HttpResponse:
    """Out of use, or back in use (`active` = on)."""
    found = get_object_or_404(Macro.objects.visible_to(request.user), pk=pk)
    active = request.POST.get("active") == "on"
    try:
        actions.retire_macro(found.pk, by=request.user, now=timezone.now(), active=active)
    except RefusedError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is in use again.") if active else _("It is retired."))
    return redirect("settings-macros")


@require_http_methods(["GET", "POST"])
def checklist_edit(request: Request, kind: str, pk: int) -> HttpResponse:
    """The checklist of a category or a product. What is ticked on tickets stays."""
    request.user.must(Can.KEEP_CATALOGUE)
    models: dict[str, Any] = {"category": Category, "product": Product}
    if kind not in models:
        raise Http404(kind)
    of = get_object_or_404(models[kind].objects.visible_to(request.user), pk=pk)
    points = list(ChecklistItem.objects.in_use().filter(**{kind: of}))
    known = {
        "stage": points[0].stage if points else "resolution",
        "english": "\n".join(point.text for point in points),
        "chinese": "\n".join(point.text_zh for point in points),
    }
    form = ChecklistForm(request.POST or None, initial=known)
    saved = form.tried(actions.save_checklist, of, by=request.user, now=timezone.now())
    if saved is not None:
        messages.success(request, _("Saved."))
        return redirect("settings-macros")
    context = {"form": form, "of": of, "points": points}
    status = 422 if form.errors else 200
    return render(request, "tickets/settings_checklist.html", context, status=status)
