"""What people do with incidents."""

from typing import Any

import pytest
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from banking.authority import MayNotHandle
from banking.continuity import incidents
from banking.continuity.incidents import IncidentClosed, IncidentNotFound, InvalidNote
from banking.models import Incident
from n2store.models import AuditLog, Event
from n2store.roles import Caller, Role
from tests.banking.continuity.bank import breaks, check, take, take_all
from tests.factories.sepay import booked
from tests.threads import at_once

KETOAN = Caller(name="ketoan", roles=frozenset({Role.ACCOUNTANT}))
VIEWER = Caller(name="xem", roles=frozenset({Role.VIEWER}))
LINES = booked([350_000, -120_000, 99_000, 50_000, -10_000, 75_000])


@pytest.fixture
def incident(db: None) -> Incident:
    take_all(LINES[:2] + LINES[3:])
    check()
    return Incident.objects.get()


@pytest.mark.parametrize("verb", ["set_aside", "ask_now"])
def test_only_who_recovers_may(incident: Incident, verb: str) -> None:
    given: dict[str, Any] = {"note": "x"} if verb == "set_aside" else {}

    with pytest.raises(MayNotHandle):
        getattr(incidents, verb)(caller=VIEWER, incident_id=incident.pk, **given)


def test_an_incident_that_was_set_aside_is_closed_for_good_and_says_by_whom_and_why(incident: Incident) -> None:
    incidents.set_aside(caller=KETOAN, incident_id=incident.pk, note=" Phí ngân hàng ")

    incident.refresh_from_db()
    assert (incident.status, incident.closed_by, incident.note, incident.next_ask_at) == (
        "ignored", "ketoan", "Phí ngân hàng", None,
    )  # fmt: skip
    assert incident.closed_at is not None
    kept = AuditLog.objects.get(action="incident.set_aside")
    assert (kept.actor, kept.subject) == ("ketoan", f"incident:{incident.pk}")
    assert Event.objects.filter(name="bank.incident").count() == 2


def test_a_break_that_was_set_aside_is_not_opened_again_by_later_checks(incident: Incident) -> None:
    incidents.set_aside(caller=KETOAN, incident_id=incident.pk, note="Phí")
    take_all(booked([5_000, 6_000], opening_vnd=10_444_000, first_id=2_000))

    check()

    assert breaks() == [(99_000, 1_002, 1_004, "ignored")]


def test_should_the_line_come_after_all_what_was_set_aside_heals(incident: Incident) -> None:
    incidents.set_aside(caller=KETOAN, incident_id=incident.pk, note="Phí")

    take(LINES[2])
    check()

    assert breaks() == [(99_000, 1_002, 1_004, "healed")]


@pytest.mark.parametrize("note", ["", "   ", "x" * 1_001, "a\x00b"])
def test_setting_aside_needs_a_reason(incident: Incident, note: str) -> None:
    with pytest.raises(InvalidNote):
        incidents.set_aside(caller=KETOAN, incident_id=incident.pk, note=note)

    incident.refresh_from_db()
    assert incident.status == "open"


def test_asking_again_is_due_at_once_and_begins_to_count_anew(incident: Incident) -> None:
    Incident.objects.update(status="not_found", asks=6, next_ask_at=None)

    incidents.ask_now(caller=KETOAN, incident_id=incident.pk)

    incident.refresh_from_db()
    assert (incident.status, incident.asks) == ("open", 0)
    assert incident.next_ask_at is not None


def test_what_is_closed_or_unknown_is_refused(incident: Incident) -> None:
    incidents.set_aside(caller=KETOAN, incident_id=incident.pk, note="Phí")

    with pytest.raises(IncidentClosed):
        incidents.ask_now(caller=KETOAN, incident_id=incident.pk)
    with pytest.raises(IncidentClosed):
        incidents.set_aside(caller=KETOAN, incident_id=incident.pk, note="Phí")
    with pytest.raises(IncidentNotFound):
        incidents.ask_now(caller=KETOAN, incident_id=2**63 - 1)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_set_it_aside_at_once_one_does() -> None:
    take_all(LINES[:2] + LINES[3:])
    check()
    incident = Incident.objects.get()

    def set_aside(number: int) -> bool:
        try:
            incidents.set_aside(caller=KETOAN, incident_id=incident.pk, note=f"Phí {number}")
        except IncidentClosed:
            return False
        return True

    assert sum(at_once(set_aside, range(8))) == 1
    assert AuditLog.objects.filter(action="incident.set_aside").count() == 1


def test_the_list_has_the_unresolved_newest_first_in_two_queries(
    incident: Incident, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    take_all(booked([5_000, 6_000, 7_000], account="19037128846015", first_id=2_000)[::2])
    check()

    with django_assert_num_queries(2):
        newest, oldest = incidents.rows()

    assert (newest.account_number, newest.missing_vnd) == ("19037128846015", 6_000)
    assert (oldest.id, oldest.missing_vnd, oldest.status, oldest.found_ids) == (incident.pk, 99_000, "open", ())
    assert oldest.begin is not None
    assert oldest.begin < oldest.end
    assert incidents.rows(account_number="nobody's") == []


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ("EMPTY 3", "SePay's list has nothing that we do not have."),
        ("2", "SePay's list had 2 lines that were missing."),
        ("SEPAY_LIST_NOT_CONFIGURED", "SePay's list is not asked: no SEPAY_API_TOKEN is set."),
        ("", ""),
    ],
)
def test_sepays_last_answer_is_told_in_words(kept: str, said: str) -> None:
    with translation.override("en"):
        assert incidents.answer_words(kept) == said
