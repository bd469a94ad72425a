"""Certificates of oneself and of the people one runs, as PDF; anybody verifies by the code."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from csservice.lib.htmx import page
from teams.forms import ReasonForm
from teams.http import Request
from teams.roles import Can
from training import actions
from training.certificate_pdf import drawn
from training.models import Certificate

ROWS = 25


@require_safe
def certificates(request: Request) -> HttpResponse:
    """The valid ones, the next to run out first; or all."""
    now, user = timezone.now(), request.user
    wanted = "all" if request.GET.get("show") == "all" else "valid"
    rows = Certificate.objects.visible_to(user).select_related("user")
    rows = rows.newest_first() if wanted == "all" else rows.valid(now).order_by("valid_until", "pk")
    context = {
        "tab": "certificates",
        "now": now,
        "wanted": wanted,
        "shown": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "runs": user.can(Can.RUN_TRAINING),
    }
    return page(request, "training/certificates.html", context, partial="results")


@require_safe
def certificate_pdf(request: Request, pk: int) -> HttpResponse:
    """One certificate to print."""
    found = get_object_or_404(Certificate.objects.visible_to(request.user), pk=pk)
    name = f"certificate-{found.area}-{found.pk}.pdf"
    return HttpResponse(
        drawn(found),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "POST"])
def certificate_revoke(request: Request, pk: int) -> HttpResponse:
    """Take one back, with a reason."""
    request.user.must(Can.RUN_TRAINING)
    rows = Certificate.objects.visible_to(request.user).select_related("user")
    found = get_object_or_404(rows, pk=pk)
    form = ReasonForm(request.POST or None)
    done = form.tried(actions.revoke_certificate, pk, by=request.user, now=timezone.now())
    if done is not None:
        messages.success(request, _("The certificate is taken back."))
        return redirect("certificates")
    context = {"tab": "certificates", "certificate": found, "form": form}
    status = 422 if form.errors else 200
    return render(request, "training/certificate_revoke.html", context, status=status)


@login_not_required
@never_cache
@require_safe
def certificate_verify(request: HttpRequest, code: str) -> HttpResponse:
    """What anybody who holds the code may know: whose, of what, and whether it is valid now."""
    found = Certificate.objects.filter(code=code).first()
    now = timezone.now()
    context = {"certificate": found, "holds": found is not None and found.holds(now), "now": now}
    status = 200 if found else 404
    return render(request, "training/certificate_verify.html", context, status=status)
