"""`manage.py bank_continuity`: a proof on screen, and an exit code for programs."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from banking.continuity import incidents
from banking.models import Incident
from n2store.roles import Caller, Role
from tests.banking.continuity.bank import check, take_all
from tests.factories.sepay import ACCOUNT, MORNING, booked

LINES = booked([350_000, -120_000, 99_000, 50_000])
KETOAN = Caller(name="ketoan", roles=frozenset({Role.ACCOUNTANT}))


def said(*arguments: str) -> tuple[str, str]:
    """Return what is printed, and the error that ends the command with 1."""
    out = StringIO()
    try:
        call_command("bank_continuity", *arguments, stdout=out)
    except CommandError as error:
        assert error.returncode == 1
        return out.getvalue(), str(error)
    return out.getvalue(), ""


@pytest.mark.django_db
def test_a_whole_chain_is_proven() -> None:
    take_all(LINES)
    check()

    out, error = said("--account", ACCOUNT)

    assert error == ""
    assert out.splitlines() == [
        "Account 75918: 4 lines from 2026-01-16 09:00:00 to 2026-01-16 09:03:00",
        "10,000,000 + 499,000 in - 120,000 out = 10,379,000",
        "the bank says 10,379,000",
        "watched: without an unexplained gap until 2026-01-16 09:03:00, 10,379,000",
        "Nothing is missing.",
    ]


@pytest.mark.django_db
def test_what_is_missing_is_named_and_exits_with_1() -> None:
    take_all(LINES[:2] + LINES[3:])
    check()

    out, error = said("--account", ACCOUNT)

    assert error == "1 breaks, +99,000 dong in all."
    incident = Incident.objects.get()
    assert (
        "missing +99,000: after 2026-01-16 09:01:00 (SePay 1002), before 2026-01-16 09:03:00 (SePay 1004):"
        f" incident {incident.pk}, open"
    ) in out


@pytest.mark.django_db
def test_what_a_person_has_set_aside_is_told_and_not_missing() -> None:
    take_all(LINES[:2] + LINES[3:])
    check()
    incidents.set_aside(caller=KETOAN, incident_id=Incident.objects.get().pk, note="Phí")

    out, error = said("--account", ACCOUNT)

    assert error == ""
    assert "ignored" in out
    assert out.endswith("1 breaks, +99,000 dong in all, were set aside.\nNothing else is missing.\n")


@pytest.mark.django_db
def test_since_a_day_only_later_lines_count() -> None:
    take_all(LINES[:2] + LINES[3:])
    take_all(booked([1_000] * 3, begin=MORNING + timedelta(days=1), opening_vnd=10_379_000, first_id=2_000))

    assert said("--account", ACCOUNT, "--since", "2026-01-17")[1] == ""
    assert said("--account", ACCOUNT, "--since", "2026-01-16")[1] != ""


@pytest.mark.django_db
def test_an_unknown_account_is_an_error() -> None:
    assert said("--account", "nobody's") == ("", 'There are no lines of account "nobody\'s".')


@pytest.mark.django_db
def test_an_account_without_balances_is_not_judged() -> None:
    take_all(line | {"accumulated": 0} for line in LINES)

    out, error = said("--account", ACCOUNT)

    assert (out, error) == (f"Account {ACCOUNT}: the bank tells no balances, so nothing can be proven.\n", "")


@pytest.mark.django_db
def test_any_day_may_be_asked_for() -> None:
    take_all(LINES)

    assert said("--account", ACCOUNT, "--since", "0001-01-01") == said("--account", ACCOUNT)
    assert said("--account", ACCOUNT, "--since", "9999-12-31") == (
        "", f"There are no lines of account '{ACCOUNT}' since 9999-12-31.",
    )  # fmt: skip
