"""Who may reach what: role x page x API route, one row each (T1-T4). A new route needs a row.

A row: address and method, then what each of PEOPLE gets. `ok`: the role may (the answer, or a fault
of the input or of the step); `in`: sign in first (pages lead there, the API says 401); 403: not
this role's work; 404: nothing that this person may know of; 400: names such a thing in the body.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.training.matrix import TABLE as TRAINING
from tests.world import PLACES, World

PEOPLE = ("nobody", "owner", "stranger", "manager", "director", "support")


class Row(NamedTuple):
    """One address and method, and what each of PEOPLE gets. `verb`: of an address that has one."""

    name: str
    method: str
    verb: str
    gets: tuple[str, ...]

    def place(self, world: World, wanted: set[str]) -> dict[str, Any]:
        """What the address is filled with; it asks for `wanted`."""
        if "complaint" in self.name:
            world.complain()
        if self.name == "member-verb":
            return {"pk": world.owner.pk, "verb": self.verb}
        if self.verb:
            return {"number": world.ticket.pk, "verb": self.verb}
        return PLACES["number" if wanted == {"number"} else self.name](world) if wanted else {}


# address[:verb], method, then nobody, owner, stranger, manager, director, support
TABLE = """
api-schema                        GET   in  ok  ok  ok  ok  ok
api-docs                          GET   in  ok  ok  ok  ok  ok
api-auth-token                    POST  ok  ok  ok  ok  ok  ok
api-events                        GET   in  403 403 ok  ok  403
api-absence-list                  GET   in  ok  ok  ok  ok  ok
api-absence-list                  POST  in  403 403 ok  ok  403
api-absence-detail                GET   in  ok  404 ok  ok  404
api-absence-detail                DELETE in  403 403 ok  ok  403
api-attachment-detail             GET   in  ok  404 ok  ok  404
api-calendar-list                 GET   in  ok  ok  ok  ok  ok
api-calendar-list                 POST  in  403 403 ok  ok  403
api-calendar-detail               GET   in  ok  ok  ok  ok  ok
api-calendar-detail               PUT   in  403 403 ok  ok  403
api-calendar-import               POST  in  403 403 ok  ok  403
api-calendar-deadline             GET   in  ok  ok  ok  ok  ok
api-calendar-versions             GET   in  ok  ok  ok  ok  ok
api-category-list                 GET   in  ok  ok  ok  ok  ok
api-category-list                 POST  in  403 403 ok  ok  403
api-category-detail               GET   in  ok  ok  ok  ok  ok
api-category-detail               PATCH in  403 403 ok  ok  403
api-clock-list                    GET   in  ok  ok  ok  ok  ok
api-clock-detail                  GET   in  ok  404 ok  ok  404
api-customer-list                 GET   in  ok  ok  ok  ok  ok
api-customer-list                 POST  in  ok  ok  ok  ok  403
api-customer-detail               GET   in  ok  ok  ok  ok  404
api-customer-detail               PATCH in  ok  ok  ok  ok  403
api-customer-unmask               POST  in  ok  ok  ok  ok  403
api-customer-erase                POST  in  403 403 403 ok  403
api-customer-hold                 POST  in  403 403 403 ok  403
api-customer-release              POST  in  403 403 403 ok  403
api-group-list                    GET   in  ok  ok  ok  ok  ok
api-group-list                    POST  in  403 403 403 ok  403
api-group-detail                  GET   in  ok  ok  ok  ok  ok
api-group-detail                  PATCH in  403 403 ok  ok  403
api-invitation-list               GET   in  ok  ok  ok  ok  ok
api-invitation-detail             GET   in  ok  404 ok  ok  404
api-macro-list                    GET   in  ok  ok  ok  ok  ok
api-macro-list                    POST  in  403 403 ok  ok  403
api-macro-detail                  GET   in  ok  ok  ok  ok  ok
api-macro-detail                  PATCH in  403 403 ok  ok  403
api-macro-retire                  POST  in  403 403 ok  ok  403
api-macro-restore                 POST  in  403 403 ok  ok  403
api-product-list                  GET   in  ok  ok  ok  ok  ok
api-product-list                  POST  in  403 403 ok  ok  403
api-product-detail                GET   in  ok  ok  ok  ok  ok
api-product-detail                PATCH in  403 403 ok  ok  403
api-question-guide-list           GET   in  ok  ok  ok  ok  ok
api-question-guide-list           POST  in  403 403 ok  ok  403
api-question-guide-detail         GET   in  ok  ok  ok  ok  ok
api-response-list                 GET   in  ok  ok  ok  ok  ok
api-response-detail               GET   in  ok  404 ok  ok  404
api-skill-list                    GET   in  ok  ok  ok  ok  ok
api-skill-list                    POST  in  403 403 ok  ok  403
api-skill-detail                  GET   in  ok  ok  ok  ok  ok
api-skill-detail                  PUT   in  403 403 ok  ok  403
api-sla-policy-list               GET   in  ok  ok  ok  ok  ok
api-sla-policy-list               POST  in  403 403 ok  ok  403
api-sla-policy-detail             GET   in  ok  ok  ok  ok  ok
api-sla-policy-detail             PUT   in  403 403 ok  ok  403
api-sla-policy-versions           GET   in  ok  ok  ok  ok  ok
api-sla-policy-preview            POST  in  403 403 ok  ok  403
api-sla-policy-move               POST  in  403 403 ok  ok  403
api-sla-policy-activate           POST  in  403 403 ok  ok  403
api-sla-policy-deactivate         POST  in  403 403 ok  ok  403
api-ticket-list                   GET   in  ok  ok  ok  ok  ok
api-ticket-list                   POST  in  ok  ok  ok  403 ok
api-ticket-detail                 GET   in  ok  404 ok  ok  404
api-ticket-accept                 POST  in  ok  404 ok  403 404
api-ticket-analyse                POST  in  ok  404 ok  403 404
api-ticket-assign                 POST  in  ok  403 ok  403 403
api-ticket-close                  POST  in  ok  404 ok  403 404
api-complaint-list                GET   in  ok  ok  ok  ok  ok
api-complaint-detail              GET   in  ok  404 ok  ok  404
api-complaint-acknowledge         POST  in  ok  404 ok  403 404
api-complaint-extend              POST  in  ok  404 ok  403 404
api-complaint-approve-extension   POST  in  403 403 ok  ok  403
api-complaint-stop                POST  in  ok  404 ok  403 404
api-complaint-approve-stop        POST  in  403 403 ok  ok  403
api-complaint-go-on               POST  in  ok  404 ok  403 404
api-complaint-draft               POST  in  ok  404 ok  403 404
api-complaint-release             POST  in  403 403 ok  ok  403
api-complaint-causes              POST  in  ok  404 ok  403 404
api-complaint-close               POST  in  ok  404 ok  403 404
api-simulation-list               GET   in  403 403 ok  ok  403
api-simulation-list               POST  in  403 403 ok  ok  403
api-simulation-detail             GET   in  403 403 ok  ok  403
api-ticket-explain                GET   in  ok  404 ok  ok  404
api-ticket-hand-over              POST  in  ok  404 ok  403 404
api-ticket-hear                   POST  in  ok  404 ok  403 404
api-ticket-log-call               POST  in  ok  404 ok  403 404
api-ticket-macro                  POST  in  ok  404 ok  403 404
api-ticket-mark-complaint         POST  in  ok  404 ok  403 404
api-ticket-merge                  POST  in  ok  400 ok  403 400
api-ticket-note                   POST  in  ok  404 ok  403 404
api-ticket-record-basics          POST  in  ok  404 ok  403 404
api-ticket-reopen                 POST  in  ok  404 ok  403 404
api-ticket-resolve                POST  in  ok  404 ok  403 404
api-ticket-respond                POST  in  ok  404 ok  403 404
api-ticket-resume                 POST  in  ok  404 ok  403 404
api-ticket-waive                  POST  in  ok  404 ok  403 404
api-ticket-unmerge                POST  in  ok  404 ok  403 404
api-ticket-release-reply          POST  in  ok  404 ok  403 404
api-ticket-return-reply           POST  in  ok  404 ok  403 404
ticket-held                       GET   in  ok  404 ok  403 404
ticket-held                       POST  in  ok  404 ok  403 404
api-ticket-split                  POST  in  ok  404 ok  403 404
api-ticket-unsplit                POST  in  ok  404 ok  403 404
api-ticket-return-back            POST  in  ok  404 ok  403 404
api-ticket-set-aside              POST  in  ok  404 ok  403 404
api-ticket-satisfaction           POST  in  ok  404 ok  403 404
api-ticket-checklist              GET   in  ok  404 ok  ok  404
api-ticket-tick                   POST  in  ok  404 ok  403 404
api-ticket-timeline               GET   in  ok  404 ok  ok  404
api-ticket-wait                   POST  in  ok  404 ok  403 404
api-user-list                     GET   in  ok  ok  ok  ok  ok
api-user-list                     POST  in  403 403 ok  ok  403
api-user-me                       GET   in  ok  ok  ok  ok  ok
api-user-detail                   GET   in  ok  ok  ok  ok  ok
api-user-detail                   PATCH in  403 403 ok  ok  403
api-user-activate                 POST  in  403 403 ok  ok  403
api-user-deactivate               POST  in  403 403 ok  ok  403
api-user-groups                   POST  in  403 403 ok  ok  403
api-user-presence                 POST  in  ok  404 ok  ok  404
api-user-role                     POST  in  403 403 ok  ok  403
home                              GET   in  ok  ok  ok  ok  ok
presence                          POST  in  ok  ok  ok  ok  ok
switch-language                   POST  ok  ok  ok  ok  ok  ok
preferences                       GET   in  ok  ok  ok  ok  ok
preferences                       POST  in  ok  ok  ok  ok  ok
security                          GET   in  ok  ok  ok  ok  ok
team                              GET   in  ok  ok  ok  ok  ok
member-new                        GET   in  403 403 ok  ok  403
member-new                        POST  in  403 403 ok  ok  403
member                            GET   in  ok  ok  ok  ok  ok
member-invite                     POST  in  403 403 ok  ok  403
member-verb:details               POST  in  403 403 ok  ok  403
member-verb:role                  POST  in  403 403 ok  ok  403
member-verb:groups                POST  in  403 403 ok  ok  403
member-verb:factors               POST  in  403 403 ok  ok  403
member-verb:deactivate            POST  in  403 403 ok  ok  403
member-verb:absence               POST  in  403 403 ok  ok  403
member-verb:withdraw              POST  in  403 403 ok  ok  403
member-verb:activate              POST  in  403 403 ok  ok  403
group-new                         GET   in  403 403 403 ok  403
group-new                         POST  in  403 403 403 ok  403
group                             GET   in  ok  ok  ok  ok  ok
group                             POST  in  403 403 ok  ok  403
settings                          GET   in  ok  ok  ok  ok  ok
settings-skills                   GET   in  403 403 ok  ok  403
settings-skills                   POST  in  403 403 ok  ok  403
skill                             GET   in  403 403 ok  ok  403
skill                             POST  in  403 403 ok  ok  403
settings-hours                    GET   in  403 403 ok  ok  403
calendar-drawn                    GET   in  403 403 ok  ok  403
calendar-new                      GET   in  403 403 ok  ok  403
calendar-new                      POST  in  403 403 ok  ok  403
calendar                          GET   in  403 403 ok  ok  403
calendar                          POST  in  403 403 ok  ok  403
calendar-import                   GET   in  403 403 ok  ok  403
calendar-import                   POST  in  403 403 ok  ok  403
calendar-test                     GET   in  403 403 ok  ok  403
calendar-version                  GET   in  403 403 ok  ok  403
settings-access                   GET   in  403 403 ok  ok  403
policy                            POST  in  403 403 403 ok  403
settings-api                      GET   in  ok  ok  ok  ok  ok
settings-api                      POST  in  ok  ok  ok  ok  ok
token-revoke                      POST  in  ok  404 404 ok  404
settings-audit                    GET   in  403 403 ok  ok  403
audit-csv                         GET   in  403 403 ok  ok  403
survey                            GET   ok  ok  ok  ok  ok  ok
survey                            POST  ok  ok  ok  ok  ok  ok
survey-thanks                     GET   ok  ok  ok  ok  ok  ok
ticket-invitation                 GET   in  ok  404 ok  ok  404
keys                              GET   in  ok  ok  ok  ok  ok
mentions                          GET   in  ok  ok  ok  ok  ok
mentions                          POST  in  ok  ok  ok  ok  ok
queue                             GET   in  ok  ok  ok  ok  ok
queue-rows                        GET   in  ok  ok  ok  ok  ok
ticket-new                        GET   in  ok  ok  ok  403 403
ticket-new                        POST  in  ok  ok  ok  403 403
ticket-new-hint                   GET   in  ok  ok  ok  403 ok
ticket                            GET   in  ok  404 ok  ok  404
ticket-clock                      GET   in  ok  404 ok  ok  404
ticket-look                       POST  in  ok  404 ok  403 404
ticket-macros                     GET   in  ok  404 ok  403 404
ticket-macros                     POST  in  ok  404 ok  403 404
ticket-checklist                  POST  in  ok  404 ok  403 404
ticket-verb:respond               POST  in  ok  404 ok  403 404
ticket-verb:note                  POST  in  ok  404 ok  403 404
ticket-verb:log_call              POST  in  ok  404 ok  403 404
ticket-verb:hear                  POST  in  ok  404 ok  403 404
ticket-verb:record_basics         POST  in  ok  404 ok  403 404
ticket-verb:analyse               POST  in  ok  404 ok  403 404
ticket-verb:resolve               POST  in  ok  404 ok  403 404
ticket-verb:withdraw              POST  in  ok  404 ok  403 404
ticket-verb:satisfaction          POST  in  ok  404 ok  403 404
ticket-verb:refuse_satisfaction   POST  in  ok  404 ok  403 404
ticket-verb:close                 POST  in  ok  404 ok  403 404
ticket-verb:reopen                POST  in  ok  404 ok  403 404
ticket-verb:hand_over             GET   in  ok  404 ok  403 404
ticket-verb:hand_over             POST  in  ok  404 ok  403 404
ticket-verb:accept                POST  in  ok  404 ok  403 404
ticket-verb:return_back           POST  in  ok  404 ok  403 404
ticket-verb:wait                  POST  in  ok  404 ok  403 404
ticket-verb:resume                POST  in  ok  404 ok  403 404
ticket-verb:take                  POST  in  ok  404 ok  403 404
ticket-verb:assign                POST  in  ok  404 ok  403 404
ticket-verb:merge                 POST  in  ok  404 ok  403 404
ticket-verb:mark_complaint        POST  in  ok  404 ok  403 404
ticket-verb:waive                 POST  in  ok  404 ok  403 404
ticket-verb:set_aside             POST  in  ok  404 ok  403 404
ticket-verb:unmerge               POST  in  ok  404 ok  403 404
ticket-verb:split                 GET   in  ok  404 ok  403 404
ticket-verb:split                 POST  in  ok  404 ok  403 404
ticket-verb:unsplit               POST  in  ok  404 ok  403 404
attachment                        GET   in  ok  404 ok  ok  404
customers                         GET   in  ok  ok  ok  ok  403
customer-search                   GET   in  ok  ok  ok  ok  403
customer-new                      GET   in  ok  ok  ok  ok  403
customer-new                      POST  in  ok  ok  ok  ok  403
customer                          GET   in  ok  ok  ok  ok  403
customer-edit                     GET   in  ok  ok  ok  ok  403
customer-edit                     POST  in  ok  ok  ok  ok  403
customer-unmask                   POST  in  ok  ok  ok  ok  403
customer-erase                    POST  in  403 403 403 ok  403
customer-hold                     POST  in  403 403 403 ok  403
customer-release                  POST  in  403 403 403 ok  403
product                           GET   in  ok  ok  ok  ok  ok
settings-products                 GET   in  403 403 ok  ok  403
settings-product-new              GET   in  403 403 ok  ok  403
settings-product-new              POST  in  403 403 ok  ok  403
settings-product                  GET   in  403 403 ok  ok  403
settings-product                  POST  in  403 403 ok  ok  403
settings-guides                   GET   in  403 403 ok  ok  403
settings-category-new             GET   in  403 403 ok  ok  403
settings-category-new             POST  in  403 403 ok  ok  403
settings-guide                    GET   in  403 403 ok  ok  403
settings-guide                    POST  in  403 403 ok  ok  403
settings-category                 GET   in  403 403 ok  ok  403
settings-category                 POST  in  403 403 ok  ok  403
settings-macros                   GET   in  ok  ok  ok  ok  ok
settings-macro-new                GET   in  ok  ok  ok  ok  ok
settings-macro-new                POST  in  ok  ok  ok  ok  ok
settings-macro                    GET   in  ok  ok  ok  ok  ok
settings-macro                    POST  in  403 403 ok  ok  403
settings-macro-retire             POST  in  403 403 ok  ok  403
settings-checklist                GET   in  403 403 ok  ok  403
settings-checklist                POST  in  403 403 ok  ok  403
settings-promises                 GET   in  403 403 ok  ok  403
settings-promise-new              GET   in  403 403 ok  ok  403
settings-promise-new              POST  in  403 403 ok  ok  403
settings-promise                  GET   in  403 403 ok  ok  403
settings-promise                  POST  in  403 403 ok  ok  403
settings-promise-move             POST  in  403 403 ok  ok  403
settings-promise-force            POST  in  403 403 ok  ok  403
settings-promise-version          GET   in  403 403 ok  ok  403
settings-hours-open               GET   in  403 403 ok  ok  403
settings-hours-open               POST  in  403 403 ok  ok  403
settings-tried                    GET   in  403 403 ok  ok  403
settings-tried                    POST  in  403 403 ok  ok  403
settings-tried-one                GET   in  403 403 ok  ok  403
settings-complaints               GET   in  403 403 403 ok  403
settings-complaints               POST  in  403 403 403 ok  403
complaints                        GET   in  403 403 ok  ok  403
complaint-check                   GET   in  ok  ok  ok  ok  ok
complaint-check-one               POST  in  ok  404 ok  403 404
complaint                         GET   in  ok  404 ok  ok  404
complaint-verb:acknowledge        POST  in  ok  404 ok  403 404
complaint-verb:extend             POST  in  ok  404 ok  403 404
complaint-verb:approve_extension  POST  in  403 403 ok  ok  403
complaint-verb:stop               POST  in  ok  404 ok  403 404
complaint-verb:approve_stop       POST  in  403 403 ok  ok  403
complaint-verb:go_on              POST  in  ok  404 ok  403 404
complaint-verb:draft              POST  in  ok  404 ok  403 404
complaint-verb:release            POST  in  403 403 ok  ok  403
complaint-verb:causes             POST  in  ok  404 ok  403 404
complaint-verb:finish             POST  in  ok  404 ok  403 404
complaint-verb:unmark             POST  in  ok  404 ok  403 404
live                              GET   in  403 403 ok  ok  403
heat                              GET   in  403 403 ok  ok  403
heat-tickets                      GET   in  403 403 ok  ok  403
live-assign                       POST  in  403 403 ok  ok  403
live-release                      POST  in  403 403 ok  ok  403
search                            GET   in  ok  ok  ok  ok  ok
healthz                           GET   ok  ok  ok  ok  ok  ok
readyz                            GET   ok  ok  ok  ok  ok  ok
metrics                           GET   ok  ok  ok  ok  ok  ok
status                            GET   in  403 403 403 ok  ok
status-mail                       POST  in  403 403 403 ok  ok
"""


def rows() -> list[Row]:
    """The table's rows."""
    found = []
    for line in (TABLE + TRAINING).split("\n"):
        if line:
            name, method, *gets = line.split()
            name, _colon, verb = name.partition(":")
            found.append(Row(name, method, verb, tuple(gets)))
    return found


# Addresses of libraries, by their first part: (an address, what each of PEOPLE gets there).
LIBRARIES = {
    "admin/": ("/admin/", "in in in in in in"),
    "accounts/": ("/accounts/login/", "ok ok ok ok ok ok"),
}
