"""How allauth behaves here."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from rest_framework.throttling import BaseThrottle

from csservice.lib import crypto
from teams.models import RolePolicy
from teams.models.access import SECOND_FACTORS


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by managers: nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whose failures count together: the address that the API's rate counts by, too."""
        return BaseThrottle().get_ident(request) or ""  # type: ignore[arg-type]


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are encrypted at rest; the last one stays while a role needs it."""

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whether this factor may go: another one is left, or the role asks for none."""
        user = authenticator.user
        if authenticator.type not in SECOND_FACTORS:
            return True
        others = Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS)
        left = others.exclude(pk=authenticator.pk).exists()
        needed = RolePolicy.objects.filter(role=user.role, second_factor=True).exists()
        return left or not needed
