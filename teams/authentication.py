"""How programs sign in."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from teams import actions
from teams.models import ApiToken, User
from teams.models.access import Scope


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`: the token's owner, with the scopes that the token has.

    401 for a token that is unknown, revoked, run out, or of somebody who left; 403 when it may
    only read.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        kind, _blank, text = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        now = timezone.now()
        token = ApiToken.objects.live(now).of_text(text).first()
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, revoked or has run out."))
        if request.method not in SAFE_METHODS and Scope.WRITE not in token.scopes:
            raise PermissionDenied(_("This token may only read."))
        _note(token, now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="csservice"'


def _note(token: ApiToken, now: datetime) -> None:
    """Spare the database: the row is asked to change only when a minute has passed."""
    if token.last_used_at is None or now - token.last_used_at >= actions.USED_EVERY:
        actions.mark_used(token.pk, now=now)
