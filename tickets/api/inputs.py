"""What programs send about tickets: one shape a verb."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from teams.models import Group, User
from teams.models.groups import Segment
from teams.models.people import Language
from tickets.clock import Metric
from tickets.models import AnsweredVia, Category, Channel, Identity, Outcome, Priority, Product
from tickets.models.choices import PAUSES

PERSON = User.objects.all()
STAFF_MAY_ASK_BY = [c for c in AnsweredVia.choices if c[0] != AnsweredVia.LINK]


class KnownCustomer(serializers.Serializer[Any]):
    """What is known of a customer who is found by contact, or made."""

    name = serializers.CharField(max_length=160)
    segment = serializers.ChoiceField(
        [c for c in Segment.choices if c[0] != Segment.TECHNICAL], required=False
    )
    language = serializers.ChoiceField(Language.choices, required=False)
    phone = serializers.CharField(max_length=40, required=False)
    email = serializers.CharField(max_length=254, required=False)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 1},
            {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "minLength": 1, "maxLength": 160},
                    "segment": {"type": "string", "enum": ["personal", "corporate"]},
                    "language": {"type": "string", "enum": ["en", "zh-hans"]},
                    "phone": {"type": "string", "maxLength": 40},
                    "email": {"type": "string", "maxLength": 254},
                },
            },
        ]
    }
)
class CustomerField(serializers.Field[Any, Any, Any, Any]):
    """A customer's number, or what is known of one."""

    def to_internal_value(self, data: Any) -> int | dict[str, Any]:
        if isinstance(data, int) and not isinstance(data, bool):
            return data
        if not isinstance(data, dict):
            raise serializers.ValidationError(_("Give a customer's number, or an object."))
        known = KnownCustomer(data=data)
        known.is_valid(raise_exception=True)
        return dict(known.validated_data)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "minimum": 1},
            {
                "type": "object",
                "required": ["group"],
                "properties": {"group": {"type": "integer", "minimum": 1}},
            },
        ]
    }
)
class ExpertField(serializers.Field[Any, Any, Any, Any]):
    """A person's number, or `{"group": number}`."""

    def to_internal_value(self, data: Any) -> User | Group:
        kind: type[User | Group] = User
        if isinstance(data, dict):
            kind, data = Group, data.get("group")
        if isinstance(data, int) and not isinstance(data, bool):
            found: User | Group | None = kind._default_manager.filter(pk=data).first()
            if found is not None:
                return found
        raise serializers.ValidationError(_("Give the number of a person, or of a group."))


class TicketIn(serializers.Serializer[Any]):
    """A contact to take in."""

    channel = serializers.ChoiceField(Channel.choices)
    subject = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=20_000, required=False, allow_blank=True)
    customer = CustomerField()
    product = serializers.PrimaryKeyRelatedField(
        queryset=Product.objects.offered(), required=False, allow_null=True
    )
    category = serializers.PrimaryKeyRelatedField(
        queryset=Category.objects.in_use(), required=False, allow_null=True
    )
    priority = serializers.ChoiceField(Priority.choices, required=False)
    group = serializers.PrimaryKeyRelatedField(
        queryset=Group.objects.select_related("calendar"), required=False, allow_null=True
    )
    received_at = serializers.DateTimeField(required=False, allow_null=True)
    live = serializers.BooleanField(
        required=False, help_text="You are speaking with the customer: answered at pick-up."
    )


class RespondIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=20_000)
    internal = serializers.BooleanField(required=False, help_text="A note, which is no answer.")


class TextIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=20_000)


class UseMacroIn(serializers.Serializer[Any]):
    """`text`: the reply as it was edited; without it the quick reply is filled in as it stands."""

    macro = serializers.IntegerField(min_value=1)
    text = serializers.CharField(max_length=20_000, required=False)
    steps = serializers.BooleanField(
        required=False, default=True, help_text="False: the reply alone."
    )


class TickIn(serializers.Serializer[Any]):
    item = serializers.IntegerField(min_value=1)
    ticked = serializers.BooleanField(required=False, default=True)


class HearIn(TextIn):
    channel = serializers.ChoiceField(Channel.choices)


class BasicsIn(serializers.Serializer[Any]):
    reply_language = serializers.ChoiceField(Language.choices, required=False)
    reach_at = serializers.CharField(max_length=254, required=False, allow_blank=True)
    identity_check = serializers.ChoiceField(Identity.choices, required=False)
    customer = serializers.IntegerField(required=False, min_value=1)
    subject = serializers.CharField(max_length=200, required=False)
    product = serializers.PrimaryKeyRelatedField(queryset=Product.objects.offered(), required=False)
    priority = serializers.ChoiceField(Priority.choices, required=False)


class AnalyseIn(serializers.Serializer[Any]):
    need = serializers.CharField(max_length=20_000)
    category = serializers.PrimaryKeyRelatedField(queryset=Category.objects.in_use())
    answers = serializers.DictField(
        required=False, default=dict, help_text="By the keys of the category's question guide."
    )
    solution = serializers.CharField(max_length=20_000)
    product = serializers.PrimaryKeyRelatedField(
        queryset=Product.objects.offered(), required=False, allow_null=True
    )
    draft = serializers.BooleanField(
        required=False, help_text="Keep what there is, without going on to the resolution."
    )


class WaiveIn(serializers.Serializer[Any]):
    metric = serializers.ChoiceField([metric.value for metric in Metric])
    reason = serializers.CharField(max_length=300)


class HandOverIn(serializers.Serializer[Any]):
    to = ExpertField()
    reason = serializers.CharField(max_length=300)
    context = serializers.CharField(  # type: ignore[assignment]
        max_length=20_000, required=False, allow_blank=True, default=""
    )


class ReasonIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class WaitIn(serializers.Serializer[Any]):
    """`for`: the customer unless given; an expert is asked by hand-over."""

    reason = serializers.CharField(max_length=200)

    def get_fields(self) -> dict[str, Any]:
        field = serializers.ChoiceField(sorted(PAUSES), required=False, source="for_")
        return {"for": field, **super().get_fields()}


class ReleaseReplyIn(serializers.Serializer[Any]):
    """`message`: the held reply; `text`: as you corrected it, else as it was written."""

    message = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    text = serializers.CharField(max_length=20_000, required=False)


class ReturnReplyIn(serializers.Serializer[Any]):
    message = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    reason = serializers.CharField(max_length=500)


class ResolveIn(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(Outcome.choices)
    summary = serializers.CharField(max_length=20_000)


class SatisfactionIn(serializers.Serializer[Any]):
    """The answer that a specialist heard; or `refused`, without a score."""

    score = serializers.IntegerField(min_value=1, max_value=5, required=False)
    comment = serializers.CharField(max_length=5_000, required=False, allow_blank=True, default="")
    channel = serializers.ChoiceField(STAFF_MAY_ASK_BY, required=False, default=AnsweredVia.PHONE)
    refused = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["refused"] and "score" not in attrs:
            raise serializers.ValidationError({"score": [_("Choose a score from 1 to 5.")]})
        return attrs


class AssignIn(serializers.Serializer[Any]):
    to = serializers.PrimaryKeyRelatedField(queryset=PERSON)


class MergeIn(serializers.Serializer[Any]):
    into = serializers.IntegerField(min_value=1)


class SplitIn(serializers.Serializer[Any]):
    """`messages`: ids of the customer's messages on the timeline; `opening`: the description. One
    of them at least. Without `group` the new ticket is yours."""

    subject = serializers.CharField(max_length=200)
    messages = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        required=False,
        max_length=200,
    )
    opening = serializers.BooleanField(required=False, default=False)
    group = serializers.PrimaryKeyRelatedField(
        queryset=Group.objects.select_related("calendar"), required=False, allow_null=True
    )
    category = serializers.PrimaryKeyRelatedField(
        queryset=Category.objects.in_use(), required=False, allow_null=True
    )


class ComplaintIn(serializers.Serializer[Any]):
    """Taking the mark off needs a `reason`. `received_at`: when the customer complained; without
    it, when the ticket came."""

    marked = serializers.BooleanField(required=False, default=True)
    reason = serializers.CharField(required=False, max_length=300)
    received_at = serializers.DateTimeField(required=False)


class NothingIn(serializers.Serializer[Any]):
    """This verb needs no words."""
