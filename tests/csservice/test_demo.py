"""The demo: its data is as the product would have left it, and its processes are kept."""

from __future__ import annotations

import os
import signal
import stat
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Timer
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.models import Avg, F

from csservice.demo import arrivals, play, stories
from csservice.demo.environment import prepare
from csservice.demo.people import ACCOUNTS, PASSWORD, load_team
from csservice.demo.seed import NotEmptyError, seed
from csservice.demo.supervisor import Child, answers, port_is_free, run, stop
from csservice.ledger.actions import prove
from csservice.ledger.models import Entry
from feedback.models import Invitation, Response
from teams.models import User
from tests.factories import make_user
from tickets import guides
from tickets.models import ChecklistItem, Customer, Handover, Macro, Message, Outcome, Step, Ticket

# a Wednesday of the second month of a quarter, 15:00 in Shanghai: every group is open
NOW = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
LANGUAGES = ("en", "zh-hans")


def sow(tickets: int = 150, number: int = 1) -> None:
    seed(tickets=tickets, number=number, now=NOW, progress=lambda _what, _share: None)


@pytest.fixture
def sown(db: None) -> None:
    sow()


# ---- what is told ---------------------------------------------------------------------------
def every_matter() -> list[stories.Matter]:
    return [*stories.matters("personal"), *stories.matters("corporate")]


@pytest.mark.parametrize("matter", every_matter(), ids=lambda matter: matter.category)
def test_a_matter_answers_all_questions_of_its_guide(matter: stories.Matter) -> None:
    categories = stories.read("categories")["categories"]
    questions = next(c["questions"] for c in categories if c["code"] == matter.category)
    assert guides.faults(questions) == []
    told = matter.told(stories.values(matter, Random(1), NOW.date()))
    clean, wrong = guides.check(questions, told)
    assert wrong == {}
    assert clean == told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("matter", every_matter(), ids=lambda matter: matter.category)
def test_a_matter_is_recognised_in_its_own_words_and_no_other(
    matter: stories.Matter, language: str
) -> None:
    values = stories.values(matter, Random(2), NOW.date())
    words = matter.say("contact", language, values)
    known = [other for other in every_matter() if other.recognise(words, language) is not None]
    assert {other.category for other in known} == {matter.category}
    found = matter.recognise(words, language)
    assert found is not None
    assert found.items() <= values.items()


def test_no_text_keeps_an_unfilled_place() -> None:
    for matter in every_matter():
        values = stories.values(matter, Random(3), NOW.date())
        for texts in matter.texts.values():
            assert "{" not in "".join(stories.fill(text, values) for text in texts.values())


# ---- arrivals -------------------------------------------------------------------------------
@pytest.mark.usefixtures("sown")
def test_quick_replies_are_in_both_languages_and_at_hand() -> None:
    rows = Macro.objects.all()
    assert len(rows) >= 12
    assert all(row.text_en and row.text_zh and row.name_zh for row in rows)
    assert all(row.uses for row in rows)
    assert ChecklistItem.objects.values("category").distinct().count() == 2
    mine = Macro.objects.at_hand(User.objects.get(username="specialist"))
    assert {"greet", "hi", "bye"} <= set(mine.values_list("shortcut", flat=True))


def test_contacts_come_in_two_peaks_and_less_on_saturday() -> None:
    start, end = arrivals.quarter_start(NOW, SHANGHAI), NOW
    times = arrivals.draw(20_000, start=start, end=end, zone=SHANGHAI, random=Random(1))
    local = [at.astimezone(SHANGHAI) for at in times]
    assert times == sorted(times)
    assert start <= times[0]
    assert times[-1] < end
    hours = Counter(at.hour for at in local)
    assert hours[10] > hours[13] < hours[15], "noon lies between two peaks"
    assert hours[3] < hours[10] / 20, "nights are quiet"
    days = Counter(at.weekday() for at in local)
    assert days[6] < days[5] < days[2]


def test_two_quarters_begin_with_the_first_day_of_the_last_one() -> None:
    assert arrivals.quarter_start(NOW, SHANGHAI).isoformat() == "2026-07-01T00:00:00+08:00"
    january = datetime(2026, 1, 2, tzinfo=UTC)
    assert arrivals.quarter_start(january, SHANGHAI).isoformat() == "2025-10-01T00:00:00+08:00"


# ---- data -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_same_number_gives_the_same_data() -> None:
    def told(number: int) -> list[Any]:
        with transaction.atomic():
            sow(60, number)
            rows = Ticket.objects.order_by("pk").values_list("subject", "received_at", "step")
            found = [*rows, *Customer.objects.order_by("pk").values_list("name", "made_at")]
            transaction.set_rollback(True)
        return found

    assert told(1) == told(1)
    assert told(1) != told(2)


@pytest.mark.django_db
def test_demo_data_goes_into_an_empty_database_only() -> None:
    make_user()
    with pytest.raises(NotEmptyError):
        sow()
    assert User.objects.count() == 1
    assert not Ticket.objects.exists()


@pytest.mark.usefixtures("sown")
def test_everybody_signs_in_with_the_printed_password() -> None:
    people = User.objects.filter(username__in=ACCOUNTS)
    assert people.count() == len(ACCOUNTS)
    assert all(person.check_password(PASSWORD) for person in people)


@pytest.mark.usefixtures("sown")
def test_the_ledger_of_the_demo_is_whole() -> None:
    proof = prove()
    assert proof.broken is None
    assert proof.waiting == 0
    assert proof.seq == Entry.objects.count() > 1000


@pytest.mark.usefixtures("sown")
def test_history_is_as_the_actions_would_have_left_it() -> None:
    """What came late is flagged, what was answered has its message, what was rated its response."""
    answered = Ticket.objects.exclude(responded_at=None)
    late = answered.filter(responded_at__gt=F("respond_by"))
    assert set(late) == set(answered.exclude(breached_at=None))
    first = Message.objects.filter(first_response=True)
    assert first.filter(at=F("ticket__responded_at")).count() == answered.count()
    assert first.count() == answered.count()
    rated = Ticket.objects.filter(satisfaction="answered")
    assert Response.objects.filter(round=F("ticket__reopens")).count() == rated.count()
    open_links = Invitation.objects.open()
    assert not open_links.exclude(ticket__step=Step.FEEDBACK).exists()
    asked = Ticket.objects.filter(step=Step.FEEDBACK, satisfaction="")
    assert open_links.count() == asked.count()
    assert not Ticket.objects.filter(changed_at__gt=NOW).exists()
    for ticket in Ticket.objects.filter(owner=None):
        assert ticket.step == Step.RECEPTION


@pytest.mark.usefixtures("sown")
def test_a_ticket_of_the_demo_is_found_by_its_words() -> None:
    ticket = Ticket.objects.exclude(summary="").order_by("pk")[0]
    assert ticket in Ticket.objects.found_by(str(ticket.pk))
    assert ticket in Ticket.objects.found_by(ticket.summary[:12])
    assert ticket.customer in Customer.objects.found_by(ticket.customer.name[:2])


@pytest.mark.slow
@pytest.mark.django_db
def test_every_kind_of_life_is_told() -> None:
    sow(900)
    every = Ticket.objects.all()
    late = every.filter(responded_at__gt=F("respond_by")).count()
    assert 0.02 < late / every.count() < 0.2
    assert every.filter(reopens=1).exists()
    assert every.filter(is_complaint=True).exists()
    assert every.exclude(merged_into=None).exists()
    assert {*every.values_list("outcome", flat=True)} >= {*Outcome.values}
    assert {*every.values_list("satisfaction", flat=True)} == {"", "answered", "refused", "expired"}
    assert {*every.values_list("customer__segment", flat=True)} == {"personal", "corporate"}
    assert Handover.objects.exclude(accepted_at=None).exists()
    assert Handover.objects.exclude(returned_at=None).exists()
    assert Message.objects.exclude(mentions=None).exists()
    quick = every.filter(score__gt=0, responded_at__lte=F("respond_by"))
    slow = every.filter(score__gt=0, responded_at__gt=F("respond_by"))
    assert mean(quick) > mean(slow), "who waited is less satisfied (N2)"


def mean(rows: Any) -> float:
    return float(rows.aggregate(mean=Avg("score"))["mean"])


# ---- alive ----------------------------------------------------------------------------------
def keys_by_kind(after: int = 0) -> dict[str, set[frozenset[str]]]:
    found: dict[str, set[frozenset[str]]] = defaultdict(set)
    rows = Entry.objects.filter(subject="ticket", pk__gt=after)
    for kind, data in rows.values_list("kind", "data"):
        found[kind].add(frozenset(data))
    return found


@pytest.mark.usefixtures("sown")
def test_the_ledger_of_history_has_the_words_of_the_actions() -> None:
    """Kinds and data of the bulk-made entries are those that the actions write."""
    history, last = keys_by_kind(), Entry.objects.order_by("-pk")[0].pk
    play.set_scene(now=NOW, random=Random(1))
    play.bring_fresh(now=NOW, random=Random(1))
    for step in range(40):
        play.play(now=NOW + timedelta(seconds=60 * step), random=Random(step))
    acted = keys_by_kind(after=last)
    both = history.keys() & acted.keys()
    assert both >= {"ticket.received", "ticket.responded", "ticket.analysed", "ticket.resolved"}
    assert {kind: history[kind] for kind in both} == {kind: acted[kind] for kind in both}


@pytest.mark.usefixtures("sown")
def test_the_specialist_finds_running_clocks_at_the_start() -> None:
    play.set_scene(now=NOW, random=Random(1))
    play.bring_fresh(now=NOW, random=Random(1))
    mine = Ticket.objects.of(User.objects.get(username="specialist"))
    left = [(row.respond_by - NOW).total_seconds() for row in mine.unanswered()]
    assert sorted(left)[:4] == [-30, 48, 125, 270]
    assert {*mine.values_list("step", flat=True)} >= {"reception", "analysis", "resolution"}
    assert mine.filter(waiting_on="customer").exists()
    assert mine.filter(handed_to__username="specialist").exists()
    assert Ticket.objects.unassigned().exists()


@pytest.mark.usefixtures("sown")
def test_every_start_brings_new_contacts_and_colleagues_catch_up() -> None:
    play.bring_fresh(now=NOW, random=Random(1))
    before = Ticket.objects.count()
    later = NOW + timedelta(hours=1)
    play.bring_fresh(now=later, random=Random(2))
    assert Ticket.objects.count() == before + 8
    assert not Ticket.objects.unanswered().filter(received_at__lt=later - play.LOST).exists()


@pytest.mark.usefixtures("sown")
def test_colleagues_work_while_the_demo_runs_and_leave_the_accounts_their_own() -> None:
    play.bring_fresh(now=NOW, random=Random(1))
    mine = Ticket.objects.filter(owner__username="specialist").unanswered().count()
    for step in range(30):
        play.play(now=NOW + timedelta(seconds=40 * step), random=Random(step))
    fresh = Ticket.objects.filter(received_at__gt=NOW)
    assert fresh.count() == 29
    assert fresh.filter(step__in=[Step.RESOLUTION, Step.FEEDBACK, Step.CLOSED]).exists()
    assert Ticket.objects.filter(owner__username="specialist").unanswered().count() >= mine


@pytest.mark.usefixtures("sown")
def test_colleagues_answer_the_words_of_strangers_in_general() -> None:
    stage = play.Stage(now=NOW, random=Random(1))
    colleague = stage.team.people["chen.jing"]
    ticket = stage.contact("personal", at=NOW, to=colleague)
    ticket.description = "Something nobody foresaw"
    ticket.save(update_fields=["description"])
    answered = stage.answer(ticket, at=NOW)
    stage.analyse(answered, at=NOW)
    ticket.refresh_from_db()
    assert ticket.step == Step.ANALYSIS
    assert ticket.messages.get().text in stories.read("phrases")["general"]


@pytest.mark.usefixtures("sown")
def test_who_serves_a_closed_group_is_away_at_night() -> None:
    night = NOW + timedelta(hours=13)  # four in the morning
    play.open_doors(now=night, accounts=True)
    people = load_team().people
    assert people["wu.jun"].presence == "away"
    assert people["chen.jing"].presence == "available"
    play.open_doors(now=night + timedelta(hours=7))
    assert load_team().people["wu.jun"].presence == "available"


# ---- environment and processes --------------------------------------------------------------
@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "FIELD_KEYS", "PORT", "DEMO", "DJANGO_SETTINGS_MODULE"):
        monkeypatch.setenv(name, "")  # restored after the test whatever it sets
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("bare")
def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "var" / "demo.env"
    prepare(file)
    made = file.read_text()
    assert len(os.environ["SECRET_KEY"]) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    prepare(file)
    assert file.read_text() == made


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("port", ["x", "0", "70000", "-1"])
def test_a_wrong_port_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(SystemExit, match="PORT must be a number"):
        prepare(tmp_path / "demo.env")


@pytest.fixture
def signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def free_port() -> int:
    return next(port for port in range(20_000, 60_000) if port_is_free(port))


def server(port: int, folder: Path) -> Child:
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    return Child("web server", [*command, "--directory", str(folder)], folder / "web.log")


@pytest.mark.slow
@pytest.mark.usefixtures("signals")
def test_a_dead_child_is_started_again_and_a_signal_stops_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port, pids = free_port(), []
    web = server(port, tmp_path)
    sleeper = Child("worker", [sys.executable, "-c", "import time; time.sleep(99)"], tmp_path / "w")

    def ready() -> None:
        assert answers(f"http://127.0.0.1:{port}/")
        assert sleeper.process is not None
        pids.append(sleeper.process.pid)
        os.kill(sleeper.process.pid, signal.SIGKILL)
        Timer(2, os.kill, (os.getpid(), signal.SIGTERM)).start()

    assert run([web, sleeper], url=f"http://127.0.0.1:{port}/", ready=ready) == 0
    assert "The worker ended and is started again" in capsys.readouterr().out
    assert sleeper.process is not None
    assert sleeper.process.pid not in pids
    assert not web.alive
    assert not sleeper.alive
    assert port_is_free(port)


@pytest.mark.slow
@pytest.mark.usefixtures("signals")
def test_a_child_that_cannot_live_ends_the_demo_with_its_last_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sick = Child("worker", [sys.executable, "-c", "print('no broker'); exit(1)"], tmp_path / "log")
    began = time.monotonic()
    assert run([sick], url="http://127.0.0.1:9/", ready=lambda: None) == 1
    assert "no broker" in capsys.readouterr().out
    assert time.monotonic() - began < 20
    stop([sick])


def test_a_port_in_use_is_noticed(tmp_path: Path) -> None:
    port = free_port()
    web = server(port, tmp_path)
    web.start()
    until = time.monotonic() + 10
    while port_is_free(port) and time.monotonic() < until:
        time.sleep(0.05)
    assert not port_is_free(port)
    stop([web])
