"""The pages of tickets, customers and what they are about."""

from __future__ import annotations

from django.urls import URLPattern, path

from tickets.views import contact, desk, ticket, ticket_deeds

urlpatterns: list[URLPattern] = [
    path("queue/", desk.queue, name="queue"),
    path("queue/rows/", desk.queue_rows, name="queue-rows"),
    path("t/new/", contact.ticket_new, name="ticket-new"),
    path("t/new/hint/", contact.contact_hint, name="ticket-new-hint"),
    path("t/<int:number>/", ticket.ticket, name="ticket"),
    path("t/<int:number>/look/", ticket.ticket_look, name="ticket-look"),
    path("t/<int:number>/<slug:verb>/", ticket_deeds.ticket_verb, name="ticket-verb"),
    path("attachments/<int:pk>/", ticket.attachment, name="attachment"),
]
