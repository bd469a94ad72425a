"""Tickets, customers and what they are about, over the API."""

from __future__ import annotations

from tickets.api.attachments import AttachmentViewSet
from tickets.api.catalogue import CategoryViewSet, GuideViewSet, ProductViewSet
from tickets.api.clocks import ClockViewSet
from tickets.api.complaints import ComplaintViewSet
from tickets.api.customers import CustomerViewSet
from tickets.api.macros import MacroViewSet
from tickets.api.policies import PolicyViewSet
from tickets.api.simulations import SimulationViewSet
from tickets.api.tickets import TicketViewSet

__all__ = [
    "AttachmentViewSet",
    "CategoryViewSet",
    "ClockViewSet",
    "ComplaintViewSet",
    "CustomerViewSet",
    "GuideViewSet",
    "MacroViewSet",
    "PolicyViewSet",
    "ProductViewSet",
    "SimulationViewSet",
    "TicketViewSet",
]
