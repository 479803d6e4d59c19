"""Why a transfer went where it went, for people to read."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from banking.desk.linking import link
from banking.desk.undo import undo
from banking.matching.explain import explain_content, explain_transfer
from banking.matching.scoring import WEIGHTS, Code
from banking.matching.words import WORDS, said
from banking.models import BankTransfer, Decision, PendingMatch
from banking.operations import map_qr_code
from tests.banking.acting import ACCOUNTANT, HOA, NAM, arrived, known
from wallets.models import Transaction

pytestmark = pytest.mark.django_db
PARAMETERS = ("code", "phone", "digits", "times", "name", "order", "count", "reference")
QR = "N2M5K8H2P9Q3R7T1AB"


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("match_explain", *arguments, stdout=out)
    return out.getvalue()


def test_a_decision_is_told_as_it_was_made_whatever_has_changed_since() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    known("0912318264")

    told = explain_transfer(transfer)

    assert (told.decided, told.verdict, told.threshold, told.reading.value) == (True, "credited", 80, "318264")
    assert [candidate["phone"] for candidate in told.candidates] == [HOA]
    with translation.override("en"):
        lines = explain_transfer(transfer).lines
    assert lines[0] == "Read as partial 318264 (rule E8)"
    assert lines[1] == f" 81  Chị Hoa · {HOA}"
    assert lines[2] == "     +81  The phone ends with 318264"
    assert lines[3].startswith("Decision: Credited automatically (automatic from 80 on, rules ")


def test_what_people_decided_later_is_told_after_it() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    undo(caller=ACCOUNTANT, transfer_id=transfer.pk, reason="nhầm khách")
    link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=NAM, credit=True, note="theo Zalo")

    transfer.refresh_from_db()
    undone, linked = explain_transfer(transfer).lines[-2:]

    assert "ketoan" in undone
    assert "nhầm khách" in undone
    assert NAM in linked
    assert "theo Zalo" in linked


def test_a_transfer_from_before_decisions_were_kept_is_worked_out() -> None:
    known(HOA)
    transfer = arrived("318264 ck")
    Decision.objects.all().delete()

    told = explain_transfer(transfer)

    assert (told.decided, told.verdict) == (False, "credited")
    assert Decision.objects.count() == 0


def test_a_text_is_explained_and_changes_nothing() -> None:
    map_qr_code(code=QR, customer=known(HOA))

    assert explain_content(f"{QR} ck").verdict == "credited"
    assert explain_content("0999999999 ck").candidates[0]["customer_id"] is None
    assert explain_content("888888 ck").verdict == "looking"
    assert explain_content("200000 ck", amount_vnd=200_000).verdict == "nothing"
    assert explain_content("318264", account_number="318264").verdict == "nothing"
    assert any("N2AAAAAAAAAAAAAAAA" in line for line in explain_content("N2AAAAAAAAAAAAAAAA").lines)
    assert (BankTransfer.objects.count(), Transaction.objects.count(), PendingMatch.objects.count()) == (0, 0, 0)


def test_the_command_explains_transfers_and_texts() -> None:
    known(HOA)
    transfer = arrived("318264 ck")

    assert HOA in command("--transfer", str(transfer.pk))
    assert "Read as partial 318264" in command("--transfer", str(transfer.pk))  # One language, as with all commands.
    assert HOA in command("--content", "318264 ck", "--amount", "1000")
    assert HOA not in command("--content", "318264 ck", "--amount", "318264")
    assert "E9" in command("--transfer", str(arrived("318264", transferType="out").pk)) + command("--content", "ck")
    with pytest.raises(CommandError):
        command("--transfer", "0")
    with pytest.raises(CommandError):
        command()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_reason_has_words(language: str) -> None:
    assert set(WORDS) == set(Code) == set(WEIGHTS)
    with translation.override(language):
        told = {said({"code": code.value, "points": 1, "text": dict.fromkeys(PARAMETERS, "7")}) for code in Code}
    assert len(told) == len(Code)
    assert not [sentence for sentence in told if "{" in sentence or sentence.isupper()]


def test_evidence_that_nobody_knows_any_more_is_told_by_its_code() -> None:
    assert said({"code": "OLD_RULE", "points": 3}) == "OLD_RULE"
    assert said({"code": "LAST_DIGITS", "points": 80, "text": {}}) == "LAST_DIGITS"
