"""How programs sign in, and what a role must bring to sign in."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from csservice.ledger.models import record
from csservice.lib.crypto import digest, new_token
from csservice.lib.errors import InvalidError, RefusedError
from teams.actions._row import checked_reason, locked, refuse_own
from teams.models import ApiToken, IdempotencyKey, RolePolicy, User
from teams.models.access import Scope
from teams.models.people import Role
from teams.roles import Can

LONGEST_DAYS = 366
USED_EVERY = timedelta(minutes=1)
KEYS_KEPT = timedelta(hours=24)
DEAD_TOKENS_KEPT = timedelta(days=90)


@transaction.atomic
def make_token(
    *, by: User, label: str, scopes: list[str], days: int, now: datetime
) -> tuple[ApiToken, str]:
    """A token of `by`'s own for a program, good for `days`; returns it and the text to show once.

    Only the text's SHA-256 is stored. Raises PermissionDenied, InvalidError (label, scopes, days).
    """
    by.must(Can.KEEP_OWN)
    if not label.strip():
        raise InvalidError("label", _("Enter what the token is for."))
    if not scopes or set(scopes) - set(Scope.values):
        raise InvalidError("scopes", _("Choose what the token may do."))
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidError("days", _("Choose between 1 and 366 days."))
    text = new_token()
    token = ApiToken.objects.create(
        user=by,
        label=label.strip()[:80],
        digest=digest(text),
        scopes=sorted(set(scopes)),
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    said = {"scopes": token.scopes, "expires_at": token.expires_at.isoformat()}
    record("token.made", "token", token.pk, by=by, now=now, **said)
    return token, text


@transaction.atomic
def revoke_token(token_id: int, *, by: User, now: datetime) -> ApiToken:
    """End a token at once: one's own, or anybody's for whoever sets security.

    Raises PermissionDenied, ApiToken.DoesNotExist, RefusedError (revoked before).
    """
    by.must(Can.KEEP_OWN)
    token = ApiToken.objects.run_by(by).select_for_update().get(pk=token_id)
    if token.revoked_at:
        raise RefusedError(_("This token was revoked before."))
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    record("token.revoked", "token", token.pk, by=by, now=now, of=token.user_id)
    return token


def mark_used(token_id: int, *, now: datetime) -> None:
    """Note that a token was used, at most once a minute, so that calls do not queue on its row."""
    old = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_EVERY)
    ApiToken.objects.filter(old, pk=token_id).update(last_used_at=now)


@transaction.atomic
def set_policy(role: str, *, by: User, second_factor: bool, now: datetime) -> RolePolicy:
    """Require a second factor of everybody in `role`, or no longer.

    A new requirement ends the role's sessions, so that it holds from the next sign-in on, and
    the tokens of those without a factor, who made them by password alone.
    Raises PermissionDenied, InvalidError (role).
    """
    by.must(Can.SET_SECURITY)
    if role not in Role.values:
        raise InvalidError("role", _("Choose a role."))
    RolePolicy.objects.get_or_create(role=role)
    policy = RolePolicy.objects.select_for_update().get(role=role)
    if policy.second_factor == second_factor:
        return policy
    policy.second_factor = second_factor
    policy.save(update_fields=["second_factor"])
    if second_factor:
        User.objects.filter(role=role).update(session_epoch=F("session_epoch") + 1)
        without = ApiToken.objects.of_role(role).by_password_alone()
        without.filter(revoked_at=None).update(revoked_at=now)
    record("policy.changed", "role", role, by=by, now=now, second_factor=second_factor)
    return policy


@transaction.atomic
def forget_factors(user_id: int, *, by: User, reason: str, now: datetime) -> User:
    """Take a person's second factors away, codes included: they lost them, and set up new ones.

    Their sessions end. Nobody does it for themselves. Raises PermissionDenied, User.DoesNotExist,
    InvalidError (reason), RefusedError (there is none); then nothing is written.
    """
    by.must(Can.MANAGE_PEOPLE)
    person = locked(user_id, by=by)
    refuse_own(person, by=by, said=_("Change your own second factor in your profile."))
    reason = checked_reason(reason)
    count, _by_model = Authenticator.objects.filter(user=person).delete()
    if not count:
        raise RefusedError(_("This person has no second factor."))
    person.session_epoch += 1
    person.save(update_fields=["session_epoch"])
    record("person.factors_forgotten", "user", person.pk, by=by, now=now, reason=reason)
    return person


def forget_keys(*, now: datetime) -> int:
    """Delete idempotency keys older than a day. Returns how many."""
    return IdempotencyKey.objects.filter(made_at__lt=now - KEYS_KEPT).delete()[0]


def forget_tokens(*, now: datetime) -> int:
    """Delete tokens that ended, by date or by hand, over 90 days ago. Returns how many."""
    long_ago = now - DEAD_TOKENS_KEPT
    dead = Q(expires_at__lt=long_ago) | Q(revoked_at__lt=long_ago)
    return ApiToken.objects.filter(dead).delete()[0]
