"""The addresses of feedback."""

from __future__ import annotations

from django.urls import URLPattern, path

from feedback import views

urlpatterns: list[URLPattern] = [
    path("s/<str:token>/", views.survey, name="survey"),
    path("s/<str:token>/thanks/", views.thanks, name="survey-thanks"),
    path("t/<int:number>/invitation/", views.ticket_invitation, name="ticket-invitation"),
]
