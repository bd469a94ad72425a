"""How a program gets its token with a person's name and password."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from csservice.lib.api import Api, given
from teams import actions
from teams.models import RolePolicy, User
from teams.models.access import Scope

DAYS = 90


class TokenIn(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=254, help_text="User name or work e-mail.")
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    label = serializers.CharField(  # type: ignore[assignment]
        max_length=80, help_text="What the token is for."
    )


class TokenOut(serializers.Serializer[Any]):
    """`token` is shown this once; only its SHA-256 is stored."""

    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))


class TokenView(Api):
    """Failed attempts count with those of the sign-in page and lock alike (429)."""

    permission_classes = (AllowAny,)

    @extend_schema(request=TokenIn, responses={201: TokenOut}, operation_id="auth_token", auth=[])
    def post(self, request: Request) -> Response:
        """A token good for 90 days. 403 for accounts with a second factor: those make tokens in
        their profile."""
        sent = given(TokenIn, request)
        user = signed_in(request, sent["username"], sent["password"])
        if is_mfa_enabled(user) or RolePolicy.objects.unmet_by(user).exists():
            raise exceptions.PermissionDenied(
                _("This account uses a second factor. Make the token in your profile.")
            )
        token, text = actions.make_token(
            by=user,
            label=sent["label"],
            scopes=list(Scope.values),
            days=DAYS,
            now=timezone.now(),
        )
        body = {"token": text, "expires_at": token.expires_at, "scopes": token.scopes}
        return Response(TokenOut(body).data, 201)


def signed_in(request: Request, username: str, password: str) -> User:
    """The person. Raises AuthenticationFailed alike for all reasons, Throttled after many tries."""
    try:
        user = get_adapter().authenticate(
            request._request,  # noqa: SLF001 (DRF's way to Django's request)
            username=username,
            password=password,
        )
    except ValidationError:
        raise exceptions.Throttled(wait=300) from None
    if not isinstance(user, User) or not user.is_active:
        raise exceptions.AuthenticationFailed(_("Check the user name and the password."))
    return user
