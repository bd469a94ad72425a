"""The addresses of training; each part has a list of its own."""

from __future__ import annotations

from django.urls import URLPattern, path

from training.views import reviews

urlpatterns: list[URLPattern] = [
    path("training/reviews/", reviews.reviews, name="reviews"),
    path("training/reviews/draw/", reviews.review_draw, name="review-draw"),
    path("training/reviews/forms/", reviews.review_forms, name="review-forms"),
    path("training/reviews/forms/new/", reviews.review_form, name="review-form-new"),
    path("training/reviews/forms/<int:pk>/", reviews.review_form, name="review-form"),
    path("training/reviews/<int:pk>/", reviews.review, name="review"),
    path("training/reviews/<int:pk>/dispute/", reviews.review_dispute, name="review-dispute"),
    path("training/reviews/<int:pk>/answer/", reviews.review_answer, name="review-answer"),
]
