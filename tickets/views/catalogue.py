"""Products, categories and question guides: read while serving, kept by managers (N3, W2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.forms.models import model_to_dict
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from csservice.lib.errors import RefusedError
from csservice.lib.htmx import page
from teams.http import Request
from teams.roles import Can
from tickets import actions
from tickets.actions.catalogue import said
from tickets.forms.catalogue import TYPE_WORDS, CategoryForm, GuideDraft, ProductForm
from tickets.guides import Question, faults
from tickets.models import Category, Guide, Product
from tickets.models.catalogue import in_language


# ---- products -------------------------------------------------------------------------------
@require_safe
def product(request: Request, pk: int) -> HttpResponse:
    """What a specialist tells of a product: features, risks, whom it suits (N3)."""
    found = get_object_or_404(Product.objects.visible_to(request.user), pk=pk)
    texts = [
        (_("Features"), in_language(found.features, found.features_zh)),
        (_("Risks"), in_language(found.risks, found.risks_zh)),
        (_("Suitable scenarios"), in_language(found.suitable, found.suitable_zh)),
    ]
    context = {
        "product": found,
        "texts": texts,
        "bears": [f"C{n}" for n in range(int(found.risk_level[1]), 6)],
        "may_keep": request.user.can(Can.KEEP_CATALOGUE),
    }
    return render(request, "tickets/product.html", context)


@require_safe
def products(request: Request) -> HttpResponse:
    """All products, by kind."""
    request.user.must(Can.KEEP_CATALOGUE)
    found = list(Product.objects.visible_to(request.user))
    return render(request, "tickets/products.html", {"products": found})


@require_http_methods(["GET", "POST"])
def product_edit(request: Request, pk: int | None = None) -> HttpResponse:
    """A new product, or a change of one."""
    request.user.must(Can.KEEP_CATALOGUE)
    found = get_object_or_404(Product, pk=pk) if pk else None
    known = model_to_dict(found) if found else {"active": True, "risk_level": Product.Level.R1}
    form = ProductForm(request.POST or None, initial=known)
    saved = form.tried(actions.save_product, pk, by=request.user, now=timezone.now())
    if saved is not None:
        messages.success(request, _("Saved."))
        return redirect("settings-products")
    context = {"form": form, "product": found}
    status = 422 if form.errors else 200
    return render(request, "tickets/product_edit.html", context, status=status)


# ---- categories and their guides ------------------------------------------------------------
@require_safe
def guides(request: Request) -> HttpResponse:
    """The categories, each with its guide in force."""
    request.user.must(Can.KEEP_CATALOGUE)
    found = Category.objects.visible_to(request.user).select_related("skill")
    inforce = {guide.category_id: guide for guide in Guide.objects.in_force()}
    lines = [(category, inforce.get(category.pk)) for category in found]
    return render(request, "tickets/guides.html", {"lines": lines})


@require_http_methods(["GET", "POST"])
def category_edit(request: Request, pk: int | None = None) -> HttpResponse:
    """A new category, or a change of one; its questions have their own page."""
    request.user.must(Can.KEEP_CATALOGUE)
    found = get_object_or_404(Category, pk=pk) if pk else None
    form = CategoryForm(
        request.POST or None, initial=model_to_dict(found) if found else {"active": True}
    )
    saved = form.tried(actions.save_category, pk, by=request.user, now=timezone.now())
    if saved is not None:
        messages.success(request, _("Saved."))
        return redirect("settings-guide", saved.pk)
    context = {"form": form, "category": found}
    status = 422 if form.errors else 200
    return render(request, "tickets/guide_category.html", context, status=status)


@require_http_methods(["GET", "POST"])
def guide(request: Request, pk: int) -> HttpResponse:
    """Edit the questions of a category. Buttons change the page; `publish` alone writes (W2)."""
    request.user.must(Can.KEEP_CATALOGUE)
    category = get_object_or_404(Category.objects.visible_to(request.user), pk=pk)
    inforce = Guide.objects.in_force().filter(category=category).first()
    before = inforce.questions if inforce else []
    if request.method == "GET":
        return _guide_page(request, category, GuideDraft.of(before))
    draft = GuideDraft.typed(request.POST, before=before)
    asked = request.POST.get("do", "publish")
    if asked != "publish":
        return _guide_page(request, category, draft.done(asked), changed=True)
    questions = draft.questions()
    wrong = _wrong(questions)
    try:
        if not wrong:
            made = actions.publish_guide(
                pk, by=request.user, questions=questions, now=timezone.now()
            )
            messages.success(
                request,
                _("Version %(version)s is in force. Running tickets keep theirs.")
                % {"version": made.version},
            )
            return _back(request, category)
    except RefusedError as refusal:
        wrong = [("", str(refusal))]
    return _guide_page(request, category, draft, wrong=wrong, changed=True)


def _back(request: Request, category: Category) -> HttpResponse:
    answer = redirect("settings-guide", category.pk)
    return HttpResponse(headers={"HX-Redirect": answer.url}) if request.htmx else answer


def _wrong(questions: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(id of the question's card, what to put right): places instead of names."""
    places = {question["key"]: place for place, question in enumerate(questions)}
    found = []
    for fault in faults(questions):
        key, _colon, code = fault.rpartition(":")
        place = places.get(key, 0)
        found.append((f"q{place}" if key in places else "", said(f"{place + 1}:{code}")))
    return found


def _guide_page(
    request: Request,
    category: Category,
    draft: GuideDraft,
    *,
    wrong: list[tuple[str, str]] | None = None,
    changed: bool = False,
) -> HttpResponse:
    history = list(category.guides.select_related("made_by").order_by("-version"))
    chosen = request.GET.get("version", "")
    old = next((one for one in history if str(one.version) == chosen), None)
    context = {
        "category": category,
        "lines": draft.lines(),
        "count": len(draft.rows),
        "changed": changed,
        "wrong": wrong or [],
        "types": TYPE_WORDS.items(),
        "versions": history,
        "old": old,
        "preview": preview(old.questions if old else draft.questions()),
    }
    status = 422 if wrong else 200
    return page(request, "tickets/guide.html", context, partial="editor", status=status)


def preview(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """The questions as a specialist meets them, in the reader's language."""
    texts = {q["key"]: _text(q["text"]) for q in questions}
    return [
        {
            "text": texts[q["key"]],
            "type": TYPE_WORDS.get(q["type"], ""),
            "options": [_text(option["text"]) for option in q.get("options") or []],
            "required": q.get("required", True),
            "after": texts.get((q.get("parent") or {}).get("key", ""), ""),
        }
        for q in questions
    ]


def _text(text: dict[str, str]) -> str:
    return in_language(text.get("en", ""), text.get("zh", ""))
