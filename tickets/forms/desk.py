"""What the desk's forms take: one form a verb of the ticket, and the new contact (W1-W4)."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from teams.models import Group, User
from teams.models.people import Language
from tickets.clock import Metric
from tickets.identity import masked_reach
from tickets.models import (
    AnsweredVia,
    Category,
    Channel,
    Customer,
    Identity,
    Outcome,
    Priority,
    Product,
    Ticket,
)

CHOICE = {"class": "form-select"}
TWO_LINES = {"class": "form-control", "rows": 2}
EARLY = (Outcome.WITHDRAWN, Outcome.DUPLICATE)


class ManyFiles(forms.FileInput):
    """One control for several files."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return list(files.getlist(name))


class Files(forms.FileField):
    """Several files in one field; each is checked by what it holds when it is stored."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(Files, self).clean(one, initial) for one in data or []]


class DeskForm(forms.Form):
    """A form of one verb. `seen` is what the page had shown of the ticket when it was filled in."""

    prefix_id: ClassVar[str] = ""
    seen = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)

    def __init__(self, *args: Any, ticket: Ticket, user: User, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"id_{self.prefix_id}%s")
        super().__init__(*args, **kwargs)
        self.ticket, self.user = ticket, user
        self.prepare()

    def prepare(self) -> None:
        """Set what depends on the ticket or the person."""

    @property
    def given(self) -> dict[str, Any]:
        """The action's arguments."""
        return {key: value for key, value in self.cleaned_data.items() if key != "seen"}


class SayForm(DeskForm):
    """A reply, a note or a call: the composer."""

    prefix_id = "say_"
    text = forms.CharField(
        max_length=20_000, error_messages={"required": gettext_lazy("Write it first.")}
    )
    files = Files(required=False)  # type: ignore[assignment]


class HearForm(DeskForm):
    """What the customer said or wrote since, outside of the mail."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How did they reach us?"),
        choices=[c for c in Channel.choices if c[0] != Channel.API],
        initial=Channel.PHONE,
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=gettext_lazy("What did they say?"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Enter what the customer said.")},
    )


class BasicsForm(DeskForm):
    """Reception's record: who it is, how to reach them, in which language (W1)."""

    prefix_id = "basics_"
    subject = forms.CharField(
        label=gettext_lazy("What is it about?"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter what it is about.")},
    )
    customer = forms.ModelChoiceField(
        Customer.objects.none(), required=False, widget=forms.HiddenInput
    )
    reply_language = forms.ChoiceField(
        label=gettext_lazy("Reply language"), choices=Language.choices, widget=forms.RadioSelect
    )
    reach_at = forms.CharField(
        label=gettext_lazy("Reach them at"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("Number or address for this matter; empty: the usual one."),
    )
    identity_check = forms.ChoiceField(
        label=gettext_lazy("Identity check"), choices=Identity.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how the identity check ended.")},
    )  # fmt: skip
    priority = forms.ChoiceField(
        label=gettext_lazy("Priority"), choices=Priority.choices, widget=forms.RadioSelect
    )

    def prepare(self) -> None:
        field: Any = self.fields["customer"]
        field.queryset = Customer.objects.visible_to(self.user)
        if self.ticket.reach_at:
            said = _("Now %(masked)s. Left empty, it stays.")
            self.fields["reach_at"].help_text = said % {
                "masked": masked_reach(self.ticket.reach_at)
            }
        self.initial = {
            "subject": self.ticket.subject,
            "reply_language": self.ticket.reply_language or self.ticket.customer.language,
            "identity_check": self.ticket.identity_check or Identity.NOT_NEEDED,
            "priority": self.ticket.priority,
            **self.initial,
        }

    @property
    def given(self) -> dict[str, Any]:
        """The number that stands is never shown in clear, so nothing typed leaves it."""
        given = super().given
        return given | {"reach_at": given["reach_at"] or None}


class AnalysisForm(DeskForm):
    """The need, its category, a proposed solution and perhaps a product (W2, N3).

    The guide's questions are read by forms/guide.py. Nothing is required here: the action says
    what is missing, and a draft may miss everything.
    """

    prefix_id = "analysis_"
    category = forms.ModelChoiceField(
        Category.objects.none(), required=False, label=gettext_lazy("What is it about?"),
        empty_label=gettext_lazy("Choose a category"), widget=forms.Select(attrs=CHOICE),
    )  # fmt: skip
    need = forms.CharField(
        required=False, max_length=5000, label=gettext_lazy("The need in words"),
        widget=forms.Textarea(attrs=TWO_LINES),
    )  # fmt: skip
    solution = forms.CharField(
        required=False, max_length=5000, label=gettext_lazy("Solution you propose"),
        widget=forms.Textarea(attrs=TWO_LINES),
    )  # fmt: skip
    product = forms.ModelChoiceField(
        Product.objects.none(), required=False, label=gettext_lazy("Product, if one is advised"),
        empty_label=gettext_lazy("No product"), widget=forms.Select(attrs=CHOICE),
    )  # fmt: skip

    def prepare(self) -> None:
        category: Any = self.fields["category"]
        product: Any = self.fields["product"]
        category.queryset = Category.objects.visible_to(self.user).in_use()
        product.queryset = Product.objects.visible_to(self.user).offered()
        self.initial = {
            "category": self.ticket.category_id,
            "need": self.ticket.need,
            "solution": self.ticket.solution,
            "product": self.ticket.product_id,
            **self.initial,
        }


class ResolveForm(DeskForm):
    """How it ended, and what was done and advised (W3)."""

    prefix_id = "resolve_"
    outcome = forms.ChoiceField(
        label=gettext_lazy("How did it end?"), choices=Outcome.choices, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how it ended.")},
    )  # fmt: skip
    summary = forms.CharField(
        label=gettext_lazy("What was done and advised?"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Enter what was done and advised.")},
    )


class EndForm(ResolveForm):
    """Ending before the service: withdrawn by the customer, or a duplicate."""

    prefix_id = "end_"

    def prepare(self) -> None:
        outcome: Any = self.fields["outcome"]
        outcome.choices = [c for c in Outcome.choices if c[0] in EARLY]


class SatisfactionForm(DeskForm):
    """The customer's own rating, asked in the exact words and told to us (W4)."""

    prefix_id = "rating_"
    score = forms.TypedChoiceField(
        label=gettext_lazy("How well did we help you?"),
        choices=[
            (5, gettext_lazy("5 Very good")),
            (4, gettext_lazy("4 Good")),
            (3, gettext_lazy("3 OK")),
            (2, gettext_lazy("2 Poor")),
            (1, gettext_lazy("1 Very poor")),
        ],
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a score from 1 to 5.")},
    )
    comment = forms.CharField(
        required=False, max_length=4000, label=gettext_lazy("What could we do better?"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    via = forms.ChoiceField(
        label=gettext_lazy("Asked by"),
        choices=[c for c in AnsweredVia.choices if c[0] != AnsweredVia.LINK],
        initial=AnsweredVia.PHONE,
        widget=forms.RadioSelect,
    )


class ReasonForm(DeskForm):
    """A verb that needs its reason in words."""

    reason = forms.CharField(max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    labels: ClassVar = {
        "wait": gettext_lazy("What do you wait for?"),
        "return_back": gettext_lazy("Why do you return it?"),
        "reopen": gettext_lazy("Why is it opened again?"),
    }

    def ask(self, verb: str) -> None:
        reason = self.fields["reason"]
        reason.label = self.labels[verb]
        reason.error_messages["required"] = _("Enter a reason.")


class WaiveForm(DeskForm):
    """Which broken promise nobody could keep, and why (rule 14)."""

    metric = forms.ChoiceField(
        label=gettext_lazy("Which promise?"),
        choices=[
            (Metric.FIRST_RESPONSE, gettext_lazy("First response")),
            (Metric.NEXT_RESPONSE, gettext_lazy("Next response")),
            (Metric.RESOLUTION, gettext_lazy("Resolution")),
            (Metric.ACCEPTANCE, gettext_lazy("Acceptance of the hand-over")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the promise.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why could nobody keep it?"),
        help_text=gettext_lazy("A second person has to agree. The delay stays on record."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("Enter why nobody could keep it.")},
    )


class HandOverForm(DeskForm):
    """To whom, why, and what the customer already told us (W3, N4)."""

    to = forms.ChoiceField(
        label=gettext_lazy("To whom?"),
        error_messages={"required": gettext_lazy("Choose to whom.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=300,
        error_messages={"required": gettext_lazy("Enter why you hand it over.")},
    )
    context = forms.CharField(
        label=gettext_lazy("What else should they know?"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def offer(self, people: list[tuple[str, str]], groups: list[tuple[str, str]]) -> None:
        to: Any = self.fields["to"]
        to.choices = [
            ("", _("Choose a person or a group")),
            (_("People, available first"), people),
            (_("Groups"), groups),
        ]

    def clean_to(self) -> User | Group:
        kind, _colon, key = self.cleaned_data["to"].partition(":")
        rows: QuerySet[Any] = User.objects.all() if kind == "person" else Group.objects.all()
        found: User | Group = rows.get(pk=int(key))
        return found


class AssignForm(DeskForm):
    """Whose the ticket shall be."""

    to = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Whose shall it be?"),
        empty_label=gettext_lazy("Choose a person"),
        error_messages={"required": gettext_lazy("Choose to whom.")},
    )

    def prepare(self) -> None:
        to: Any = self.fields["to"]
        to.queryset = User.objects.visible_to(self.user).at_work().working_tickets()


class MergeForm(DeskForm):
    """Into which of the same customer's tickets."""

    into = forms.ModelChoiceField(
        Ticket.objects.none(),
        label=gettext_lazy("Merge into"),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": gettext_lazy("Choose another ticket of the same customer.")},
    )

    def prepare(self) -> None:
        into: Any = self.fields["into"]
        into.queryset = (
            Ticket.objects.visible_to(self.user)
            .open()
            .filter(customer=self.ticket.customer_id)
            .exclude(pk=self.ticket.pk)
            .order_by("-pk")
        )


class ComplaintForm(DeskForm):
    """Mark as a complaint, or take the mark off."""

    marked = forms.BooleanField(required=False)
