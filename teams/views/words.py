"""What capabilities and kinds of the ledger are called by people."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teams.roles import Can

CAPABILITIES: dict[Can, str | Promise] = {
    Can.WORK_TICKETS: _("Work on tickets"),
    Can.SEE_ALL_TICKETS: _("See all tickets"),
    Can.ASSIGN_TICKETS: _("Assign tickets to others"),
    Can.SEE_LIVE: _("Watch the live queue"),
    Can.KEEP_CUSTOMERS: _("Keep customers"),
    Can.UNMASK: _("See a masked number, with a reason"),
    Can.ERASE: _("Erase customers, or hold them against it"),
    Can.KEEP_CATALOGUE: _("Keep products, categories and question guides"),
    Can.MANAGE_PROMISES: _("Set SLA policies"),
    Can.SEE_TEAM: _("See the team"),
    Can.MANAGE_PEOPLE: _("Manage people of own groups"),
    Can.MANAGE_ALL_PEOPLE: _("Manage everybody, and groups"),
    Can.SEE_STATUS: _("See the state of the system"),
    Can.SEE_LEDGER: _("Read the audit"),
    Can.SET_SECURITY: _("Set sign-in policies"),
    Can.KEEP_OWN: _("Set own presence, preferences and tokens"),
}

# The first word of a kind -> what that part of the ledger is about.
AREAS: dict[str, str | Promise] = {
    "ticket": _("Tickets"),
    "clock": _("Clocks"),
    "customer": _("Customers"),
    "feedback": _("Satisfaction"),
    "person": _("People"),
    "group": _("Groups"),
    "skill": _("Skills"),
    "calendar": _("Opening hours"),
    "product": _("Products"),
    "category": _("Categories"),
    "guide": _("Question guides"),
    "promise": _("SLA policies"),
    "policy": _("Sign-in policies"),
    "token": _("Tokens"),
    "mail": _("Mail"),
}

# What an entry is about -> the URL name of its page.
WHERE = {"user": "member", "group": "group", "ticket": "ticket", "customer": "customer"}
