"""The addresses of training; each part has a list of its own."""

from __future__ import annotations

from django.urls import URLPattern, path

from training.views import certificates, needs, reviews
from training.views import cycles as cycle_pages
from training.views import gaps as gap_pages
from training.views import history as history_pages
from training.views import matrix as matrix_pages

urlpatterns: list[URLPattern] = [
    path("training/cycles/", cycle_pages.cycles, name="training-cycles"),
    path("training/cycles/open/", cycle_pages.cycles_open, name="training-cycles-open"),
    path("training/cycles/<str:quarter>/", cycle_pages.quarter, name="training-quarter"),
    path("training/cycles/member/<int:pk>/", cycle_pages.member, name="training-member"),
    path("training/history/", history_pages.history, name="training-history"),
    path("training/history/book/", history_pages.history_book, name="training-history-book"),
    path("training/history/csv/", history_pages.history_csv, name="training-history-csv"),
    path("training/history/xlsx/", history_pages.history_xlsx, name="training-history-xlsx"),
    path("training/people/<int:pk>/", cycle_pages.person, name="training-person"),
    path("training/matrix/", matrix_pages.matrix, name="training-matrix"),
    path("training/matrix/enrol/", gap_pages.matrix_enrol, name="training-matrix-enrol"),
    path("training/matrix/csv/", matrix_pages.matrix_csv, name="training-matrix-csv"),
    path("training/certificates/", certificates.certificates, name="certificates"),
    path(
        "training/certificates/<int:pk>/pdf/", certificates.certificate_pdf, name="certificate-pdf"
    ),
    path(
        "training/certificates/<int:pk>/revoke/",
        certificates.certificate_revoke,
        name="certificate-revoke",
    ),
    path("c/<str:code>/", certificates.certificate_verify, name="certificate-verify"),
    path("training/needs/", needs.needs, name="needs"),
    path("training/needs/new/", needs.need_new, name="need-new"),
    path("training/needs/<int:pk>/", needs.need, name="need"),
    path("training/needs/<int:pk>/dismiss/", needs.need_dismiss, name="need-dismiss"),
    path("training/reviews/", reviews.reviews, name="reviews"),
    path("training/reviews/draw/", reviews.review_draw, name="review-draw"),
    path("training/reviews/forms/", reviews.review_forms, name="review-forms"),
    path("training/reviews/forms/new/", reviews.review_form, name="review-form-new"),
    path("training/reviews/forms/<int:pk>/", reviews.review_form, name="review-form"),
    path("training/reviews/<int:pk>/", reviews.review, name="review"),
    path("training/reviews/<int:pk>/dispute/", reviews.review_dispute, name="review-dispute"),
    path("training/reviews/<int:pk>/answer/", reviews.review_answer, name="review-answer"),
]
