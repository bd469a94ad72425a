"""How programs sign in, and how the next call of a session finds its person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from csservice.lib.crypto import digest
from csservice.lib.prepared import Prepared
from teams import actions
from teams.models import ApiToken, User
from teams.models.access import Scope

_TOKEN = Prepared(lambda value: ApiToken.objects.of_digest(value))
_PERSON = Prepared(lambda pk: User.objects.filter(pk=pk))


class PeopleBackend(AuthenticationBackend):  # type: ignore[misc]
    """allauth's, with the one read prepared that every page begins with."""

    def get_user(self, user_id: Any) -> User | None:
        """The session's person; None when they left."""
        return next(filter(self.user_can_authenticate, _PERSON(int(user_id))), None)


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
        token: ApiToken | None = next(iter(_TOKEN(digest(text))), None)
        if token is None or not token.is_live(now):
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
