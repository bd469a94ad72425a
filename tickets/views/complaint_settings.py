"""Which pack of complaint rules applies to whom, what it says, and who confirmed it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from csservice.lib.errors import RefusedError
from csservice.lib.htmx import page
from teams.forms import ActionForm
from teams.http import Request
from teams.models.groups import Segment, in_language
from teams.roles import Can
from tickets import actions, complaints
from tickets.complaints import Pack
from tickets.forms.complaints import (
    ConfirmForm,
    LayerForm,
    LiftForm,
    NothingForm,
    RuleForm,
    WordsForm,
)
from tickets.models import ComplaintLayer, ComplaintRule, PackConfirmation
from tickets.views.complaint_card import figures, name_of, warning_words

OPENED = 200  # cases that one press opens


class Shown(NamedTuple):
    """One pack as the page shows it."""

    pack: Pack
    name: str
    note: str
    figures: list[tuple[str, str]]
    warned: str
    confirmed: PackConfirmation | None
    form: ConfirmForm | None


@require_http_methods(["GET", "HEAD", "POST"])
def complaint_settings(request: Request) -> HttpResponse:
    """Directors choose, confirm and edit; each button posts one form."""
    request.user.must(Can.SET_COMPLAINTS)
    bound: dict[str, ActionForm] = {}
    if request.method == "POST":
        key, form, saved = _posted(request)
        if saved is not None:
            messages.success(request, _("Saved"))
            return _shown(request, {}) if request.htmx else redirect("settings-complaints")
        bound = {key: form}
    return _shown(request, bound)


def _posted(request: Request) -> tuple[str, ActionForm, Any]:
    """The form that was sent, by its key, and what its action answered."""
    do, data = request.POST.get("do", ""), request.POST
    common: dict[str, Any] = {"by": request.user, "now": timezone.now()}
    if do == "confirm":
        confirm = ConfirmForm(data, auto_id=f"id_{data.get('pack', '')}_%s")
        return (
            f"pack:{data.get('pack', '')}",
            confirm,
            confirm.tried(actions.confirm_pack, **common),
        )
    if do == "open_cases":
        nothing = NothingForm(data)
        return do, nothing, nothing.tried(actions.open_cases, limit=OPENED, **common)
    if do == "lay":
        laid = LayerForm(data, offers=_offers(), auto_id="id_lay_%s")
        return do, laid, laid.tried(actions.lay_pack, **common)
    if do == "lift":
        lift = LiftForm(data)
        return do, lift, lift.tried(_lift, **common)
    if do == "words":
        words = WordsForm(data)
        return "words", words, words.tried(actions.set_words, **common)
    segment = data.get("segment", "")
    if segment not in Segment.values:
        raise Http404(segment)
    rule = RuleForm(data, offers=_offers(), auto_id=f"id_{segment}_%s")
    return segment, rule, rule.tried(actions.choose_pack, segment=segment, **common)


def _lift(*, layer: int, **common: Any) -> bool:
    try:
        actions.lift_pack(layer, **common)
    except ComplaintLayer.DoesNotExist:
        raise RefusedError(_("Somebody has taken it off already.")) from None
    return True


def _offers() -> list[tuple[str, str]]:
    return [(code, name_of(pack)) for code, pack in complaints.packs().items()]


def _shown(request: Request, bound: dict[str, ActionForm]) -> HttpResponse:
    rules = {row.segment: row for row in ComplaintRule.objects.select_related("chosen_by")}
    layers = ComplaintLayer.objects.select_related("group", "product", "calendar", "chosen_by")
    known = complaints.packs()
    initial = {"words": "\n".join(actions.words_now())}
    context = {
        "rules": [
            (
                segment,
                rules.get(segment),
                bound.get(segment) or _rule_form(rules.get(segment), segment),
            )
            for segment in Segment
        ],
        "layers": [
            (row, name_of(known[row.pack]) if row.pack in known else row.pack)
            for row in layers.order_by("group__name", "product__name", "pk")
        ],
        "lay": bound.get("lay") or LayerForm(offers=_offers(), auto_id="id_lay_%s"),
        "lift": bound.get("lift"),
        "waiting": actions.without_case().count(),
        "most": OPENED,
        "shown": _packs(bound),
        "words": bound.get("words") or WordsForm(initial=initial),
        "bound": next(iter(bound.values()), None),
    }
    status = 422 if bound else 200
    return page(
        request, "tickets/complaint_settings.html", context, partial="section", status=status
    )


def _rule_form(row: ComplaintRule | None, segment: str) -> RuleForm:
    initial = {"pack": row.pack, "calendar": row.calendar_id} if row else {}
    return RuleForm(initial=initial, offers=_offers(), auto_id=f"id_{segment}_%s")


def _packs(bound: dict[str, ActionForm]) -> list[Shown]:
    rows = PackConfirmation.objects.select_related("by")
    confirmed = {(row.pack, row.digest): row for row in rows}
    found = []
    for code, pack in complaints.packs().items():
        row = confirmed.get((code, pack.digest))
        form = bound.get(f"pack:{code}")
        if form is None and row is None:
            form = ConfirmForm(initial={"pack": code}, auto_id=f"id_{code}_%s")
        note = in_language(pack.note, pack.note_zh)
        shown = form if isinstance(form, ConfirmForm) and row is None else None
        found.append(
            Shown(pack, name_of(pack), note, figures(pack), warning_words(pack), row, shown)
        )
    return found
