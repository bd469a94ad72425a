"""Customers over the API (N1): contacts and identifiers masked; unmasking is on record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import F
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from csservice.lib.api import Api, asked, given, seen, versioned
from teams.http import ApiRequest
from teams.models.groups import Segment
from teams.models.people import Language
from teams.roles import Can
from tickets import actions
from tickets.api.shapes import moment
from tickets.models import Contact, Customer, Identifier, Risk

SEGMENTS = [c for c in Segment.choices if c[0] != Segment.TECHNICAL]
ROW = ("segment", "name", "other_name", "language", "risk_profile", "since", "version")


class CustomerFilters(serializers.Serializer[Any]):
    segment = serializers.ChoiceField(SEGMENTS, required=False)
    language = serializers.ChoiceField(Language.choices, required=False)
    q = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Name (Chinese, pinyin, English), phone, e-mail, or an identifier's last four.",
    )


class CustomerRow(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    segment = serializers.ChoiceField(SEGMENTS)
    name = serializers.CharField()
    other_name = serializers.CharField(allow_blank=True)
    language = serializers.ChoiceField(Language.choices)
    risk_profile = serializers.ChoiceField(Risk.choices, allow_blank=True)
    since = serializers.DateField(allow_null=True)
    version = serializers.IntegerField()


class ContactOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Contact.Kind.choices)
    masked = serializers.CharField()
    preferred = serializers.BooleanField()
    person = serializers.IntegerField(allow_null=True)


class IdentifierOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(Identifier.Kind.choices)
    masked = serializers.CharField()


class PersonOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    position = serializers.CharField(allow_blank=True)


class CustomerOut(CustomerRow):
    notes = serializers.CharField(allow_blank=True)
    made_at = serializers.DateTimeField()
    held_at = serializers.DateTimeField(allow_null=True, help_text="Held against erasure since.")
    hold_reason = serializers.CharField(allow_blank=True)
    erased_at = serializers.DateTimeField(allow_null=True)
    contacts = ContactOut(many=True)
    identifiers = IdentifierOut(many=True)
    persons = PersonOut(many=True)


class DoubleOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class MadeOut(CustomerOut):
    possible_duplicates = DoubleOut(many=True)


class ContactIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(Contact.Kind.choices)
    value = serializers.CharField(max_length=254)
    preferred = serializers.BooleanField(required=False)


class IdentifierIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(Identifier.Kind.choices)
    number = serializers.CharField(max_length=60)


class PersonIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    position = serializers.CharField(max_length=120, required=False, allow_blank=True)


class CustomerIn(serializers.Serializer[Any]):
    """On a change: `contacts` and `persons` replace the lists, `identifiers` are added."""

    segment = serializers.ChoiceField(SEGMENTS)
    name = serializers.CharField(max_length=160)
    other_name = serializers.CharField(max_length=160, required=False, allow_blank=True)
    language = serializers.ChoiceField(Language.choices, required=False)
    risk_profile = serializers.ChoiceField(Risk.choices, required=False, allow_blank=True)
    notes = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    since = serializers.DateField(required=False, allow_null=True)
    contacts = ContactIn(many=True, required=False, max_length=20)  # type: ignore[call-arg]
    identifiers = IdentifierIn(many=True, required=False, max_length=20)  # type: ignore[call-arg]
    persons = PersonIn(many=True, required=False, max_length=50)  # type: ignore[call-arg]


class UnmaskIn(serializers.Serializer[Any]):
    what = serializers.ChoiceField(["identifier", "contact", "ticket"])
    key = serializers.IntegerField(
        min_value=1,
        help_text="The id of the identifier or contact; the number of a ticket with `reach_at`.",
    )
    reason = serializers.CharField(max_length=300)


class ErasureIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class UnmaskedOut(serializers.Serializer[Any]):
    value = serializers.CharField()


class CustomerViewSet(Api, GenericViewSet[Customer]):
    """The persons and companies that the institution serves."""

    queryset = Customer.objects.none()
    serializer_class = CustomerOut
    lookup_value_converter = "int"
    needs = Can.KEEP_CUSTOMERS
    conditional = True
    request: ApiRequest
    orders: ClassVar = {
        "-id": ("-pk",),
        "id": ("pk",),
        "name": ("name", "pk"),
        "-name": ("-name", "-pk"),
    }

    @extend_schema(parameters=[CustomerFilters], responses=CustomerRow(many=True))
    def list(self, request: ApiRequest) -> Response:
        """Customers, newest first."""
        wanted = asked(CustomerFilters, request)
        words = wanted.pop("q", None)
        found = Customer.objects.visible_to(request.user).real().filter(**wanted)
        if words is not None:
            # ordered by an expression, as found_by: the words' index leads, not the key's
            found = found.found_by(words).annotate(hit=F("pk") + 0)
            self.place_key = "hit"
        more = () if words is None else ("hit",)
        page = self.paginate_queryset(found.values("pk", *ROW, *more)) or []
        return self.get_paginated_response([row_out(row) for row in page])

    @extend_schema(responses=CustomerOut)
    def retrieve(self, request: ApiRequest, pk: int) -> Response:
        """A customer whole; contacts and identifiers are masked. The version is the `ETag`."""
        return self._answer(pk)

    @extend_schema(request=CustomerIn, responses={201: MadeOut})
    def create(self, request: ApiRequest) -> Response:
        """A new customer, and those who may be the same."""
        sent = given(CustomerIn, request)
        doubles = actions.doubles(name=sent["name"], contacts=sent.get("contacts", []))
        customer = actions.make_customer(by=request.user, now=timezone.now(), **sent)
        answer = self._answer(customer.pk, status=201)
        answer.data["possible_duplicates"] = [{"id": c.pk, "name": c.name} for c in doubles]
        answer["Location"] = f"{request.path}{customer.pk}/"
        return answer

    @extend_schema(request=CustomerIn, responses=CustomerOut)
    def partial_update(self, request: ApiRequest, pk: int) -> Response:
        """Change what is sent."""
        sent = given(CustomerIn, request, partial=True)
        actions.change_customer(pk, by=request.user, now=timezone.now(), seen=seen(request), **sent)
        return self._answer(pk)

    @extend_schema(request=UnmaskIn, responses=UnmaskedOut)
    @action(detail=True, methods=["post"])
    def unmask(self, request: ApiRequest, pk: int) -> Response:
        """The clear value of an identifier, a contact, or a ticket's `reach_at`.

        The read and its reason go on record."""
        request.user.must(Can.UNMASK)
        sent = given(UnmaskIn, request)
        value = actions.unmask(pk, by=request.user, now=timezone.now(), **sent)
        return Response({"value": value})

    @extend_schema(request=ErasureIn, responses=CustomerOut)
    @action(detail=True, methods=["post"])
    def hold(self, request: ApiRequest, pk: int) -> Response:
        """Hold the customer against erasure, by hand and by term (directors)."""
        return self._erasure(actions.hold, pk)

    @extend_schema(request=ErasureIn, responses=CustomerOut)
    @action(detail=True, methods=["post"])
    def release(self, request: ApiRequest, pk: int) -> Response:
        """End a hold (directors)."""
        return self._erasure(actions.release, pk)

    @extend_schema(request=ErasureIn, responses=CustomerOut)
    @action(detail=True, methods=["post"])
    def erase(self, request: ApiRequest, pk: int) -> Response:
        """Erase everything personal for good; the statistics stay (directors)."""
        return self._erasure(actions.erase, pk)

    def _erasure(self, deed: Callable[..., Customer], pk: int) -> Response:
        self.request.user.must(Can.ERASE)
        sent = given(ErasureIn, self.request)
        deed(pk, by=self.request.user, now=timezone.now(), **sent)
        return self._answer(pk)

    def _answer(self, pk: int, status: int = 200) -> Response:
        rows = Customer.objects.visible_to(self.request.user)
        customer = rows.prefetch_related("contacts", "identifiers", "persons").get(pk=pk)
        return versioned(customer_out(customer), customer.version, status)


def row_out(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": row["pk"], **{name: row[name] for name in ROW}}


def customer_out(customer: Customer) -> dict[str, Any]:
    """`CustomerOut`; nothing in clear that is masked on pages."""
    return {
        "id": customer.pk,
        **{name: getattr(customer, name) for name in ROW},
        "notes": customer.notes,
        "made_at": moment(customer.made_at),
        "held_at": moment(customer.held_at),
        "hold_reason": customer.hold_reason,
        "erased_at": moment(customer.erased_at),
        "contacts": [
            {
                "id": contact.pk,
                "kind": contact.kind,
                "masked": contact.masked,
                "preferred": contact.preferred,
                "person": contact.person_id,
            }
            for contact in customer.contacts.all()
        ],
        "identifiers": [
            {"id": known.pk, "kind": known.kind, "masked": str(known)}
            for known in customer.identifiers.all()
        ],
        "persons": [
            {"id": person.pk, "name": person.name, "position": person.position}
            for person in customer.persons.all()
        ],
    }
