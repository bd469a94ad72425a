"""The pages of tickets, customers and what they are about."""

from __future__ import annotations

from django.urls import URLPattern, path

from tickets.views import (
    catalogue,
    clock_page,
    contact,
    customers,
    desk,
    erasure,
    heat,
    live,
    macros,
    macros_desk,
    mentions,
    promise_hours,
    promises,
    search,
    simulations,
    ticket,
    ticket_deeds,
)

urlpatterns: list[URLPattern] = [
    path("queue/", desk.queue, name="queue"),
    path("queue/rows/", desk.queue_rows, name="queue-rows"),
    path("t/new/", contact.ticket_new, name="ticket-new"),
    path("t/new/hint/", contact.contact_hint, name="ticket-new-hint"),
    path("t/<int:number>/", ticket.ticket, name="ticket"),
    path("t/<int:number>/look/", ticket.ticket_look, name="ticket-look"),
    path(
        "t/<int:number>/clocks/<slug:metric>/<int:cycle>/",
        clock_page.ticket_clock,
        name="ticket-clock",
    ),
    path("t/<int:number>/macros/", macros_desk.ticket_macros, name="ticket-macros"),
    path("t/<int:number>/checklist/", macros_desk.ticket_checklist, name="ticket-checklist"),
    path("t/<int:number>/<slug:verb>/", ticket_deeds.ticket_verb, name="ticket-verb"),
    path("attachments/<int:pk>/", ticket.attachment, name="attachment"),
    path("customers/", customers.customers, name="customers"),
    path("customers/search/", customers.customer_search, name="customer-search"),
    path("customers/new/", customers.customer_new, name="customer-new"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/edit/", customers.customer_edit, name="customer-edit"),
    path("customers/<int:pk>/show/", customers.customer_unmask, name="customer-unmask"),
    *(
        path(
            f"customers/<int:pk>/{deed}/",
            erasure.customer_erasure,
            {"deed": deed},
            name=f"customer-{deed}",
        )
        for deed in erasure.DEEDS
    ),
    path("products/<int:pk>/", catalogue.product, name="product"),
    path("settings/products/", catalogue.products, name="settings-products"),
    path("settings/products/new/", catalogue.product_edit, name="settings-product-new"),
    path("settings/products/<int:pk>/", catalogue.product_edit, name="settings-product"),
    path("settings/guides/", catalogue.guides, name="settings-guides"),
    path("settings/guides/new/", catalogue.category_edit, name="settings-category-new"),
    path("settings/guides/<int:pk>/", catalogue.guide, name="settings-guide"),
    path("settings/guides/<int:pk>/category/", catalogue.category_edit, name="settings-category"),
    path("settings/macros/", macros.settings_macros, name="settings-macros"),
    path("settings/macros/new/", macros.macro_edit, name="settings-macro-new"),
    path("settings/macros/<int:pk>/", macros.macro_edit, name="settings-macro"),
    path("settings/macros/<int:pk>/retire/", macros.macro_retire, name="settings-macro-retire"),
    path(
        "settings/checklists/<slug:kind>/<int:pk>/",
        macros.checklist_edit,
        name="settings-checklist",
    ),
    path("settings/promises/", promises.promises, name="settings-promises"),
    path("settings/promises/tried/", simulations.tried, name="settings-tried"),
    path("settings/promises/tried/<int:pk>/", simulations.tried_one, name="settings-tried-one"),
    path("settings/promises/hours/<int:pk>/", promise_hours.hours_open, name="settings-hours-open"),
    path("settings/promises/new/", promises.promise_new, name="settings-promise-new"),
    path("settings/promises/<int:pk>/", promises.promise, name="settings-promise"),
    path("settings/promises/<int:pk>/move/", promises.promise_move, name="settings-promise-move"),
    path(
        "settings/promises/<int:pk>/force/", promises.promise_force, name="settings-promise-force"
    ),
    path(
        "settings/promises/<int:pk>/versions/<int:number>/",
        promises.promise_version,
        name="settings-promise-version",
    ),
    path("live/", live.live, name="live"),
    path("live/assign/", live.live_assign, name="live-assign"),
    path("live/release/<int:pk>/", live.live_release, name="live-release"),
    path("search/", search.search, name="search"),
    path("live/kept/", heat.heat, name="heat"),
    path("live/kept/tickets/", heat.heat_tickets, name="heat-tickets"),
    path("mentions/", mentions.mentions, name="mentions"),
]
