"""Writes of the catalogue: products (N3), categories and their question guides (W2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.errors import InvalidError, RefusedError
from teams.models import User
from teams.roles import Can
from tickets.actions._row import given
from tickets.guides import Question, faults
from tickets.models import Category, Guide, Product

Row = TypeVar("Row", Product, Category)


@transaction.atomic
def save_product(product_id: int | None, *, by: User, now: datetime, **fields: Any) -> Product:
    """Make a product (`product_id` None) or change what is given of one (N3).

    Raises PermissionDenied, Product.DoesNotExist, InvalidError (name missing, code taken).
    """
    by.must(Can.KEEP_CATALOGUE)
    product = Product() if product_id is None else _locked(Product, product_id)
    return _saved(product, "product", by=by, now=now, fields=fields)


@transaction.atomic
def save_category(category_id: int | None, *, by: User, now: datetime, **fields: Any) -> Category:
    """Make a category (`category_id` None) or change what is given of one.

    Raises PermissionDenied, Category.DoesNotExist, InvalidError (name missing, code taken).
    """
    by.must(Can.KEEP_CATALOGUE)
    category = Category() if category_id is None else _locked(Category, category_id)
    return _saved(category, "category", by=by, now=now, fields=fields)


@transaction.atomic
def publish_guide(
    category_id: int, *, by: User, questions: Sequence[Question], now: datetime
) -> Guide:
    """Bring a new version of the category's guide into force (W2). Running tickets keep theirs.

    Raises PermissionDenied, Category.DoesNotExist, InvalidError (the first fault of the
    questions), RefusedError (they are the same as those in force).
    """
    by.must(Can.KEEP_CATALOGUE)
    category = _locked(Category, category_id)
    questions = list(questions)
    for fault in faults(questions):
        raise InvalidError("questions", said(fault))
    before = category.guides.order_by("-version").first()
    if before is not None and before.in_force and before.questions == questions:
        raise RefusedError(_("These questions are in force already. Change one, then publish."))
    category.guides.in_force().update(in_force=False)
    guide = Guide.objects.create(
        category=category,
        version=before.version + 1 if before else 1,
        questions=questions,
        made_by=by,
        made_at=now,
    )
    record(
        "guide.published",
        "category",
        category.pk,
        by=by,
        now=now,
        version=guide.version,
        questions=len(questions),
    )
    return guide


def said(fault: str) -> str:
    """A fault of `guides.faults` ("when_sent:options") as a sentence for people."""
    place, _colon, code = fault.rpartition(":")
    sentences = {
        "key": _("Question %(place)s: give it a name of letters, digits and _."),
        "twice": _("Question %(place)s: two questions have this name."),
        "text": _("Question %(place)s: write it in English and in Chinese."),
        "type": _("Question %(place)s: choose how it is answered."),
        "options": _("Question %(place)s: give at least two options, each in both languages."),
        "parent": _("Question %(place)s: it follows an answer that is not asked before it."),
        "empty": _("Add at least one question."),
    }
    return sentences[code] % {"place": place}


def _locked(model: type[Row], key: int) -> Row:
    rows: models.QuerySet[Row] = model._default_manager.select_for_update()
    return rows.get(pk=key)


def _saved(row: Row, subject: str, *, by: User, now: datetime, fields: dict[str, Any]) -> Row:
    """Write `fields` to a catalogue row; which of them changed goes on record."""
    new = row.pk is None
    if new or "name" in fields:
        fields["name"] = given("name", fields.get("name", ""), _("Enter the name."))
    if new or "code" in fields:
        fields["code"] = given("code", fields.get("code", ""), _("Enter a code."))
        same = type(row)._default_manager.filter(code=fields["code"]).exclude(pk=row.pk)
        if same.exists():
            raise InvalidError("code", _("Enter another code: this one is taken."))
    changed = sorted(key for key, value in fields.items() if getattr(row, key) != value)
    for key, value in fields.items():
        setattr(row, key, value)
    row.save(force_insert=new, update_fields=None if new else list(fields))
    if new or changed:
        kind = f"{subject}.{'made' if new else 'changed'}"
        record(kind, subject, row.pk, by=by, now=now, fields=changed)
    return row
