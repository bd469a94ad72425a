"""The ledger: sealed in commit order, gap-free, append-only, and any change is found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Barrier, Event

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from csservice.ledger import actions, tasks
from csservice.ledger.actions import prove, seal
from csservice.ledger.chain import START, link
from csservice.ledger.models import Entry, Head, record
from tests.conftest import Clock
from tests.factories import T0, after, make_entry, make_user


def sealed(count: int) -> list[Entry]:
    """So many sealed entries."""
    for number in range(count):
        make_entry(key=number)
    seal(now=T0, limit=100)
    return list(Entry.objects.sealed_after(0))


def tamper(sql: str) -> None:
    """Change the table as somebody with the database's own tools can: without its triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_stays")
        else:
            cursor.execute("DROP TRIGGER ledger_entry_is_not_changed")
            cursor.execute("DROP TRIGGER ledger_entry_is_not_removed")
        cursor.execute(sql)


# ---- the chain (pure) -----------------------------------------------------------------------
def test_a_link_depends_on_all_that_it_covers() -> None:
    one = link(START, {"seq": 1, "at": T0, "data": {"a": 1}})
    assert len(one) == 64
    assert one == link(START, {"data": {"a": 1}, "at": T0, "seq": 1})
    assert one != link(START, {"seq": 1, "at": T0, "data": {"a": 2}})
    assert one != link(one, {"seq": 1, "at": T0, "data": {"a": 1}})


# ---- the seal -------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_seal_numbers_new_entries_without_a_gap() -> None:
    sealed(3)
    make_entry(key=9)
    assert seal(now=after(5), limit=100) == 1
    assert list(Entry.objects.sealed_after(0).values_list("seq", flat=True)) == [1, 2, 3, 4]
    head = Head.objects.get()
    assert (head.seq, head.sealed_at) == (4, after(5))
    assert head.digest == Entry.objects.get(seq=4).digest


@pytest.mark.django_db
def test_the_seal_works_in_batches_and_may_run_twice() -> None:
    for number in range(5):
        make_entry(key=number)
    assert [seal(now=T0, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    before = Head.objects.get().sealed_at
    assert seal(now=after(9), limit=2) == 0
    assert Head.objects.get().sealed_at == before
    assert prove().broken is None


@pytest.mark.django_db
def test_the_beat_seals_everything_at_its_time(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    for number in range(5):
        make_entry(key=number)
    tasks.seal()
    tasks.seal()
    assert not Entry.objects.unsealed().exists()
    assert Head.objects.get().seq == 5


@pytest.mark.django_db
def test_an_entry_keeps_who_and_what() -> None:
    user = make_user(username="ann")
    row = record("ticket.received", "ticket", 7, by=user, now=T0, channel="phone")
    assert (row.by_id, row.by_name, row.key, row.data) == (
        user.pk,
        "ann",
        "7",
        {"channel": "phone"},
    )
    assert (row.seq, row.digest) == (None, "")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_seals_beside_each_other_make_one_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """The barrier stands between taking a number and writing it; the lock keeps the second out."""
    for number in range(6):
        make_entry(key=number)
    Head.objects.get_or_create(pk=1)
    meet = Barrier(2)

    def link_after_meeting(before: str, content: dict[str, object]) -> str:
        try:
            meet.wait(timeout=0.3)
        except Exception:  # noqa: BLE001  the other one waits for the lock, as it must
            meet.abort()
        return link(before, content)

    monkeypatch.setattr(actions, "link", link_after_meeting)

    def run(_n: int) -> int:
        try:
            return seal(now=T0, limit=3)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, range(2))) == [3, 3]
    monkeypatch.undo()
    assert list(Entry.objects.sealed_after(0).values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert prove().broken is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_entry_that_commits_late_gets_a_later_number() -> None:
    """A reader that saw number 1 will still see the late one after it."""
    written, go = Event(), Event()

    def late() -> int:
        try:
            with transaction.atomic():
                row = make_entry(key="late")
                written.set()
                assert go.wait(10)
            return int(row.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(late)
        assert written.wait(10)
        early = make_entry(key="early")
        assert seal(now=T0, limit=10) == 1
        go.set()
        late_pk = waiting.result(10)
    assert late_pk < early.pk
    assert seal(now=T0, limit=10) == 1
    assert [e.key for e in Entry.objects.sealed_after(1)] == ["late"]
    assert prove().broken is None


# ---- append-only ----------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    "change", [{"kind": "x"}, {"data": {}}, {"at": after(1)}, {"by_name": "x"}]
)
def test_the_database_refuses_to_change_content_even_before_the_seal(
    change: dict[str, object],
) -> None:
    row = make_entry(why="first")
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=row.pk).update(**change)
    row.refresh_from_db()
    assert (row.kind, row.data) == ("ticket.received", {"why": "first"})


@pytest.mark.django_db
def test_the_database_refuses_to_change_a_seal() -> None:
    row = sealed(1)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=row.pk).update(seq=8)
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=row.pk).update(digest="f" * 64)
    assert prove().broken is None


@pytest.mark.django_db
def test_the_database_refuses_to_remove_a_sealed_entry() -> None:
    row = sealed(2)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=row.pk).delete()
    assert Entry.objects.filter(pk=row.pk).exists()


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgresql_refuses_to_remove_an_entry_that_waits_for_its_seal() -> None:
    row = make_entry()
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=row.pk).delete()


# ---- the proof ------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_whole_ledger_is_proved() -> None:
    sealed(3)
    make_entry(key="waits")
    said = StringIO()
    call_command("verify_ledger", stdout=said)
    lines = said.getvalue().splitlines()
    assert lines[0] == "3 sealed entries are whole; 1 wait for the seal."
    assert lines[1] == f"3:{Head.objects.get().digest}"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE ledger_entry SET kind = 'x' WHERE seq = 2", 2),
        ("UPDATE ledger_entry SET by_name = 'x' WHERE seq = 3", 3),
        ("DELETE FROM ledger_entry WHERE seq = 2", 2),
        ("DELETE FROM ledger_entry WHERE seq = 4", 4),
        ("DELETE FROM ledger_entry", 1),
        ("UPDATE ledger_entry SET seq = 9 WHERE seq = 4", 4),
        ("UPDATE ledger_head SET digest = 'x'", 4),
    ],
)
def test_tampering_is_found_at_the_first_entry_touched(sql: str, found: int) -> None:
    sealed(4)
    tamper(sql)
    with pytest.raises(CommandError, match=f"Entry {found} is not as sealed"):
        call_command("verify_ledger")


@pytest.mark.django_db
def test_a_chain_made_anew_is_found_by_an_anchor_kept_elsewhere() -> None:
    sealed(3)
    kept = prove()
    tamper("UPDATE ledger_entry SET kind = 'x', seq = NULL, digest = ''")
    Head.objects.update(seq=0, digest=START)
    seal(now=T0, limit=10)
    call_command("verify_ledger")
    with pytest.raises(CommandError, match="Entry 3 is not as sealed"):
        call_command("verify_ledger", anchor=(kept.seq, kept.digest))


@pytest.mark.django_db
def test_an_anchor_must_be_written_as_it_was_printed() -> None:
    with pytest.raises(CommandError, match="SEQ:DIGEST"):
        call_command("verify_ledger", "--anchor", "nonsense")
