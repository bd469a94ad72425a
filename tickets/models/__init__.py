"""Customers, products and tickets (plan N1-N4, W1-W4)."""

from __future__ import annotations

from tickets.models.alerts import Alert
from tickets.models.catalogue import Category, Guide, Product
from tickets.models.choices import (
    GONE,
    AnsweredVia,
    Channel,
    Identity,
    Outcome,
    Priority,
    Satisfaction,
    Step,
    Waiting,
)
from tickets.models.clocks import Clock, ClockEvent, SlaPolicy, SlaPolicyVersion
from tickets.models.complaint_rules import (
    ComplaintLayer,
    ComplaintRule,
    ComplaintWords,
    PackConfirmation,
)
from tickets.models.complaints import (
    Cause,
    Complaint,
    ComplaintCause,
    ComplaintExtension,
    ComplaintLetter,
    ComplaintMilestone,
    ComplaintStep,
    ComplaintStop,
    NoComplaint,
)
from tickets.models.customers import (
    Contact,
    ContactPerson,
    Customer,
    CustomerSearch,
    Identifier,
    Risk,
)
from tickets.models.macros import ChecklistItem, Macro, MacroUse, Tick
from tickets.models.search import TicketSearch
from tickets.models.simulations import Simulation
from tickets.models.thread import Attachment, Handover, Mention, Message, Viewer
from tickets.models.ticket import Ticket

__all__ = [
    "GONE",
    "Alert",
    "AnsweredVia",
    "Attachment",
    "Category",
    "Cause",
    "Channel",
    "ChecklistItem",
    "Clock",
    "ClockEvent",
    "Complaint",
    "ComplaintCause",
    "ComplaintExtension",
    "ComplaintLayer",
    "ComplaintLetter",
    "ComplaintMilestone",
    "ComplaintRule",
    "ComplaintStep",
    "ComplaintStop",
    "ComplaintWords",
    "Contact",
    "ContactPerson",
    "Customer",
    "CustomerSearch",
    "Guide",
    "Handover",
    "Identifier",
    "Identity",
    "Macro",
    "MacroUse",
    "Mention",
    "Message",
    "NoComplaint",
    "Outcome",
    "PackConfirmation",
    "Priority",
    "Product",
    "Risk",
    "Satisfaction",
    "Simulation",
    "SlaPolicy",
    "SlaPolicyVersion",
    "Step",
    "Tick",
    "Ticket",
    "TicketSearch",
    "Viewer",
    "Waiting",
]
