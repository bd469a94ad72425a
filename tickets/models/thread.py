"""What was said on a ticket, by whom, with what attached; hand-overs; who is looking (N4)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, When
from django.utils.translation import gettext_lazy as _

from csservice.lib.mail import Mailed, MailedQuerySet
from teams.models import Group
from tickets.models.choices import Channel
from tickets.models.ticket import Ticket

if TYPE_CHECKING:
    from teams.models import User


class MessageQuerySet(MailedQuerySet["Message"]):
    """Reads of the thread. What waits for the mail: index message_to_send."""

    def held(self) -> Self:
        """Replies of people who learn, until a colleague releases them. Index: message_held."""
        return self.filter(kind=Message.Kind.HELD)

    def to_release(self, user: User) -> Self:
        """What `user` may release, oldest first: of the tickets they see, not their own."""
        tickets = Ticket.objects.visible_to(user).open().values("pk")
        return self.held().filter(ticket__in=tickets).exclude(author=user).order_by("at", "pk")

    def in_order(self) -> Self:
        return self.select_related("author").prefetch_related("attachments").order_by("at", "pk")


class Message(Mailed):
    """One entry of the thread: the customer's words, a reply, a note, a logged call."""

    class Kind(models.TextChoices):
        CONTACT = "contact", _("From the customer")
        REPLY = "reply", _("Reply")
        NOTE = "note", _("Internal note")
        CALL = "call", _("Call")
        AUTOMATIC = "automatic", _("Automatic message")
        HELD = "held", _("Reply that waits for release")
        RETURNED = "returned", _("Reply that was given back")

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, db_index=False, related_name="messages"
    )  # message_by_ticket begins with it
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="messages"
    )
    text = models.TextField(_("text"))
    at = models.DateTimeField(_("at"))
    first_response = models.BooleanField(_("first response"), default=False)
    split_to = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, db_index=False, related_name="+"
    )  # where it has become a ticket of its own; read by the parent's messages
    mentioned = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Mention", related_name="mentions_of"
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes: ClassVar = [
            models.Index(name="message_by_ticket", fields=["ticket", "at", "id"]),
            models.Index(name="message_to_send", fields=["id"], condition=Q(delivery="queued")),
            models.Index(name="message_held", fields=["id"], condition=Q(kind="held")),
            models.Index(name="message_not_sent", fields=["id"], condition=Q(delivery="failed")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_ticket_has_one_first_response",
                fields=["ticket"],
                condition=Q(first_response=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class MentionQuerySet(models.QuerySet["Mention"]):
    def visible_to(self, user: User) -> Self:
        """The notes that name `user`, on tickets that `user` may still see."""
        tickets = Ticket.objects.visible_to(user).values("pk")
        return self.filter(user=user, message__ticket__in=tickets)

    def newest(self) -> Self:
        """Unread ones first, the latest note first, with what a list shows of them."""
        unread = Case(When(seen_at=None, then=0), default=1)
        return self.select_related("message__ticket", "message__author").order_by(unread, "-pk")


class Mention(models.Model):
    """A colleague was named in a note; unread until `seen_at` (N4)."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="mentions")
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = MentionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(name="mention_unread", fields=["user"], condition=Q(seen_at=None))
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="named_once_in_a_message", fields=["message", "user"])
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.message_id}"


def where(attachment: Attachment, filename: str) -> str:
    """The stored name: digest only, nothing of what the sender called it."""
    return f"attachments/{attachment.digest[:2]}/{attachment.digest}"


class Attachment(models.Model):
    """A file on a message: type found from its bytes, served as a download only."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="attachments")
    name = models.CharField(_("name"), max_length=200)
    type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    digest = models.CharField(max_length=64)
    file = models.FileField(upload_to=where, max_length=200)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name


class Handover(models.Model):
    """A ticket offered to an expert with its reason and context; accepted or returned (W3)."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="handovers")
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    to_group = models.ForeignKey(Group, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=300)
    context = models.JSONField(_("context"), default=dict)
    at = models.DateTimeField(_("at"))
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    returned_at = models.DateTimeField(null=True)
    return_reason = models.CharField(_("reason of return"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_handover_of_a_ticket_is_pending",
                fields=["ticket"],
                condition=Q(accepted_at=None, returned_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} by {self.giver_id}"


class ViewerQuerySet(models.QuerySet["Viewer"]):
    def others(self, ticket: Ticket, user_id: int, since: datetime) -> Self:
        """Colleagues who had the ticket open since `since`."""
        return (
            self.filter(ticket=ticket, seen_at__gte=since)
            .exclude(user=user_id)
            .select_related("user")
        )


class Viewer(models.Model):
    """Somebody has the ticket open (two people on one ticket see each other)."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="viewers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()
    writing = models.BooleanField(default=False)

    objects = ViewerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="a_viewer_stands_once", fields=["ticket", "user"])
        ]

    def __str__(self) -> str:
        return f"{self.user_id} sees {self.ticket_id}"
