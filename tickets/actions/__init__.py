"""Every write of tickets, customers and what they are about."""

from __future__ import annotations

from tickets.actions._promised import METRIC_WORDS
from tickets.actions.adopt import adopt_clocks
from tickets.actions.analysis import analyse
from tickets.actions.assign import assign, assign_waiting, release_absent, release_waiting
from tickets.actions.basics import record_basics
from tickets.actions.catalogue import publish_guide, save_category, save_product
from tickets.actions.checklists import save_checklist, tick
from tickets.actions.complaint import (
    acknowledge,
    approve_extension,
    ask_extension,
    draft_letter,
    finish_complaint,
    record_cause,
    release_letter,
)
from tickets.actions.complaint_packs import (
    choose_pack,
    confirm_pack,
    dismiss_suspect,
    lay_pack,
    lift_pack,
    open_cases,
    set_words,
    suspects,
    without_case,
    words_now,
)
from tickets.actions.complaint_stop import approve_stop, ask_stop, go_on
from tickets.actions.customers import change_customer, doubles, find_or_make, make_customer, unmask
from tickets.actions.drills import end_drill
from tickets.actions.erasure import erase, erase_due, erase_old_cases, hold, release
from tickets.actions.expert import accept, hand_over, return_back
from tickets.actions.held import release_reply, return_reply
from tickets.actions.hours import carry_hours, touched_by_hours
from tickets.actions.macros import retire_macro, save_macro, use_macro
from tickets.actions.mail import send_replies, send_replies_again
from tickets.actions.outcome import (
    close,
    close_settled,
    mark_complaint,
    merge,
    reopen,
    resolve,
    unmerge,
)
from tickets.actions.policies import move_policy, save_policy, set_policy_active
from tickets.actions.prove import false_clocks
from tickets.actions.receive import receive
from tickets.actions.satisfaction import (
    expire_satisfaction,
    record_satisfaction,
    refuse_satisfaction,
)
from tickets.actions.simulate import run_simulations, simulate
from tickets.actions.split import split, unsplit
from tickets.actions.sweep import flag_breaches
from tickets.actions.thread import (
    hear,
    log_call,
    look,
    note,
    reply_address,
    respond,
    see_alerts,
    see_mentions,
    set_aside,
)
from tickets.actions.touched import touched
from tickets.actions.waiting import resume, wait
from tickets.actions.waive import waive

__all__ = [
    "METRIC_WORDS",
    "accept",
    "acknowledge",
    "adopt_clocks",
    "analyse",
    "approve_extension",
    "approve_stop",
    "ask_extension",
    "ask_stop",
    "assign",
    "assign_waiting",
    "carry_hours",
    "change_customer",
    "choose_pack",
    "close",
    "close_settled",
    "confirm_pack",
    "dismiss_suspect",
    "doubles",
    "draft_letter",
    "end_drill",
    "erase",
    "erase_due",
    "erase_old_cases",
    "expire_satisfaction",
    "false_clocks",
    "find_or_make",
    "finish_complaint",
    "flag_breaches",
    "go_on",
    "hand_over",
    "hear",
    "hold",
    "lay_pack",
    "lift_pack",
    "log_call",
    "look",
    "make_customer",
    "mark_complaint",
    "merge",
    "move_policy",
    "note",
    "open_cases",
    "publish_guide",
    "receive",
    "record_basics",
    "record_cause",
    "record_satisfaction",
    "refuse_satisfaction",
    "release",
    "release_absent",
    "release_letter",
    "release_reply",
    "release_waiting",
    "reopen",
    "reply_address",
    "resolve",
    "respond",
    "resume",
    "retire_macro",
    "return_back",
    "return_reply",
    "run_simulations",
    "save_category",
    "save_checklist",
    "save_macro",
    "save_policy",
    "save_product",
    "see_alerts",
    "see_mentions",
    "send_replies",
    "send_replies_again",
    "set_aside",
    "set_policy_active",
    "set_words",
    "simulate",
    "split",
    "suspects",
    "tick",
    "touched",
    "touched_by_hours",
    "unmask",
    "unmerge",
    "unsplit",
    "use_macro",
    "wait",
    "waive",
    "without_case",
    "words_now",
]
