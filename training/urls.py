"""The addresses of training; each part has a list of its own."""

from __future__ import annotations

from django.urls import URLPattern, path

from training.views import (
    attempts,
    bank,
    certificates,
    courses,
    debriefing,
    drills,
    marking,
    mine,
    needs,
    reviews,
    sessions,
    writing,
)
from training.views import cycles as cycle_pages
from training.views import gaps as gap_pages
from training.views import history as history_pages
from training.views import matrix as matrix_pages
from training.views import register as registers

urlpatterns: list[URLPattern] = [
    path("training/sessions/", sessions.sessions, name="sessions"),
    path("training/sessions/new/", sessions.session_edit, name="session-new"),
    path("training/sessions/calendar/", registers.sessions_calendar, name="sessions-calendar"),
    path("training/sessions/<int:pk>/", sessions.session, name="session"),
    path("training/sessions/<int:pk>/edit/", sessions.session_edit, name="session-edit"),
    path("training/sessions/<int:pk>/register/", registers.register, name="session-register"),
    path("training/sessions/<int:pk>/code/", registers.session_code, name="session-code"),
    path(
        "training/sessions/<int:pk>/calendar/", registers.session_calendar, name="session-calendar"
    ),
    *(
        path(
            f"training/sessions/<int:pk>/{verb}/",
            sessions.session_verb,
            {"verb": verb},
            name=f"session-{verb}",
        )
        for verb in ("book", "give-up", "cancel", "sign-in", "react")
    ),
    *(
        path(
            f"training/sessions/<int:pk>/{verb}/",
            registers.session_end,
            {"verb": verb},
            name=f"session-{verb}",
        )
        for verb in ("close", "reopen")
    ),
    path("training/", mine.training, name="training"),
    path("training/catalogue/", courses.catalogue, name="courses"),
    path("training/courses/new/", writing.course_edit, name="course-new"),
    path("training/courses/<int:pk>/", courses.course, name="course"),
    path("training/courses/<int:pk>/begin/", courses.course_begin, name="course-begin"),
    path("training/courses/<int:pk>/leave/", courses.course_leave, name="course-leave"),
    path("training/courses/<int:pk>/give/", courses.course_give, name="course-give"),
    path(
        "training/courses/<int:pk>/lessons/<int:lesson>/",
        courses.course_lesson,
        name="course-lesson",
    ),
    path("training/courses/<int:pk>/files/<int:file>/", courses.lesson_file, name="lesson-file"),
    path("training/courses/<int:pk>/edit/", writing.course_edit, name="course-edit"),
    path("training/courses/<int:pk>/write/", writing.course_write, name="course-write"),
    path("training/courses/<int:pk>/test/", writing.course_test, name="course-test"),
    path("training/courses/<int:pk>/do/<slug:verb>/", writing.course_do, name="course-do"),
    path("training/courses/<int:pk>/write/new/", writing.lesson_edit, name="lesson-new"),
    path("training/courses/<int:pk>/write/<int:lesson>/", writing.lesson_edit, name="lesson-edit"),
    path(
        "training/courses/<int:pk>/write/<int:lesson>/<slug:verb>/",
        writing.lesson_do,
        name="lesson-do",
    ),
    path(
        "training/courses/<int:pk>/files/<int:file>/remove/",
        writing.lesson_file_remove,
        name="lesson-file-remove",
    ),
    path("training/bank/", bank.bank, name="bank"),
    path("training/bank/new/", bank.question, name="question-new"),
    path("training/bank/courses/", bank.bank_courses, name="bank-courses"),
    path("training/bank/marking/", marking.marking, name="marking"),
    path("training/bank/marking/<int:pk>/", marking.marking_one, name="marking-one"),
    path("training/bank/<int:pk>/", bank.question, name="question"),
    path("training/bank/<int:pk>/retire/", bank.question_retire, name="question-retire"),
    path("training/tests/of/<int:pk>/", attempts.test_results, name="test-results"),
    path("training/tests/of/<int:pk>/begin/", attempts.test_start, name="test-start"),
    path("training/tests/<int:pk>/", attempts.test, name="test"),
    path("training/tests/<int:pk>/<int:position>/", attempts.test_answer, name="test-answer"),
    path("training/tests/<int:pk>/hand-in/", attempts.test_hand_in, name="test-hand-in"),
    path("training/tests/<int:pk>/result/", attempts.test_result, name="test-result"),
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
    path("training/drills/", drills.drills, name="drills"),
    path("training/drills/new/", drills.drill_new, name="drill-new"),
    path("training/drills/scenarios/", debriefing.scenarios, name="scenarios"),
    path("training/drills/scenarios/new/", debriefing.scenario, name="scenario-new"),
    path("training/drills/scenarios/<int:pk>/", debriefing.scenario, name="scenario"),
    path("training/drills/<int:pk>/", drills.drill, name="drill"),
    *(
        path(
            f"training/drills/<int:pk>/{verb}/",
            drills.drill_move,
            {"verb": verb},
            name=f"drill-{verb}",
        )
        for verb in drills.MOVES
    ),
    path("training/drills/<int:pk>/announce/", drills.drill_announce, name="drill-announce"),
    path("training/drills/<int:pk>/customer/", drills.drill_customer, name="drill-customer"),
    path(
        "training/drills/<int:pk>/debriefing/", debriefing.drill_debriefing, name="drill-debriefing"
    ),
    path("training/drills/<int:pk>/debrief/", debriefing.drill_debrief, name="drill-debrief"),
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
