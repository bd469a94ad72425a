"""Every write of training."""

from __future__ import annotations

from training.actions.attempts import (
    close_if_run_out,
    close_run_out,
    hand_in,
    mark_answer,
    save_answer,
    start_test,
)
from training.actions.attendance import Mark, react, sign_in, take_register
from training.actions.bank import retire_question, save_question
from training.actions.certificates import revoke_certificate
from training.actions.courses import (
    begin_draft,
    publish_course,
    retire_course,
    save_course,
    save_test,
)
from training.actions.cycles import (
    excuse,
    follow_people,
    open_due,
    open_quarter,
    revoke_excuse,
)
from training.actions.drilling import run_drills
from training.actions.drills import (
    announce,
    cancel_drill,
    debrief_drill,
    end_drill,
    pause_drill,
    plan_drill,
    rate_drill,
    resume_drill,
    save_scenario,
    send_customer,
    start_drill,
)
from training.actions.enrolments import enrol, leave_course, read_lesson
from training.actions.gaps import enrol_people
from training.actions.history import import_history, preview_history
from training.actions.lessons import move_lesson, remove_file, remove_lesson, save_lesson
from training.actions.needs import ask_need, dismiss_need, find_needs
from training.actions.reminding import remind, send_letters, send_letters_again
from training.actions.reviews import (
    answer_dispute,
    dispute,
    draw_reviews,
    rate,
    save_review_form,
)
from training.actions.seats import book_seats, give_up
from training.actions.session_mails import (
    calendar_entry,
    send_session_mails,
    send_session_mails_again,
)
from training.actions.sessions import (
    cancel_session,
    close_session,
    reopen_session,
    save_session,
)

__all__ = [
    "Mark",
    "announce",
    "answer_dispute",
    "ask_need",
    "begin_draft",
    "book_seats",
    "calendar_entry",
    "cancel_drill",
    "cancel_session",
    "close_if_run_out",
    "close_run_out",
    "close_session",
    "debrief_drill",
    "dismiss_need",
    "dispute",
    "draw_reviews",
    "end_drill",
    "enrol",
    "enrol_people",
    "excuse",
    "find_needs",
    "follow_people",
    "give_up",
    "hand_in",
    "import_history",
    "leave_course",
    "mark_answer",
    "move_lesson",
    "open_due",
    "open_quarter",
    "pause_drill",
    "plan_drill",
    "preview_history",
    "publish_course",
    "rate",
    "rate_drill",
    "react",
    "read_lesson",
    "remind",
    "remove_file",
    "remove_lesson",
    "reopen_session",
    "resume_drill",
    "retire_course",
    "retire_question",
    "revoke_certificate",
    "revoke_excuse",
    "run_drills",
    "save_answer",
    "save_course",
    "save_lesson",
    "save_question",
    "save_review_form",
    "save_scenario",
    "save_session",
    "save_test",
    "send_customer",
    "send_letters",
    "send_letters_again",
    "send_session_mails",
    "send_session_mails_again",
    "sign_in",
    "start_drill",
    "start_test",
    "take_register",
]
