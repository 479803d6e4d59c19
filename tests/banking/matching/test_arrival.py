"""Whose a transfer is when it arrives: decided by the rules, with the reasons kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pytest_django import DjangoAssertNumQueries, Settings

from banking import switches
from banking.desk.again import match_again
from banking.desk.errors import NotIncoming
from banking.desk.linking import link
from banking.desk.review import bulk_approve
from banking.matching.explain import explain_content
from banking.matching.scoring import RULE_VERSION
from banking.models import BankTransfer, Channel, Decision, Delivery, KnownPayer, PendingMatch, QrCode
from banking.operations import map_qr_code, take_sepay_notice
from banking.queries import transfer_statistics, unlinked_transfers
from banking.sepay.parser import parse
from customers.models import Customer
from n2store.models import Event
from tests.banking.acting import ACCOUNTANT, HOA, NAM, PAYER, arrived, as_it_is, known, real_vnd
from tests.factories.banking import delivery, post
from wallets.models import PendingWithdrawal, Transaction
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db
QR = "N2M5K8H2P9Q3R7T1AB"
PUBLIC = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "transfer_contents.jsonl").read_text(encoding="utf-8").splitlines()
]


def evidence_of(decision: Decision) -> list[list[str]]:
    return [[reason["code"] for reason in candidate["evidence"]] for candidate in decision.candidates]


def test_the_end_of_one_customers_phone_is_credited_with_its_reasons() -> None:
    hoa = known(HOA)
    known(NAM)

    transfer = arrived("318264 ck", transferAmount=200_000)

    assert as_it_is(transfer) == ("AUTO_APPROVED", HOA, "single_match", True)
    assert (transfer.matched_text, real_vnd(HOA)) == ("318264", 200_000)
    assert Transaction.objects.get().note == "Nạp từ CK (Auto-matched: 318264)"
    decision = Decision.objects.get()
    assert (decision.verdict, decision.customer, decision.rule_version) == ("credited", hoa, RULE_VERSION)
    assert (decision.threshold, decision.actor) == (80, "rules")
    assert (decision.reading_kind, decision.reading_value, decision.reading_rule) == ("partial", "318264", "E8")
    assert decision.candidates == [{
        "customer_id": hoa.pk, "phone": HOA, "name": "Chị Hoa", "source": "own", "tpos_id": None, "score": 81,
        "evidence": [{"code": "LAST_DIGITS", "points": 81, "text": {"digits": "318264"}}],
    }]  # fmt: skip


@pytest.mark.parametrize("content", [HOA, "318264 ck", f"ck {QR}", "chuyen tien"])
def test_a_line_of_0_dong_is_kept_and_nobodys(content: str) -> None:
    map_qr_code(code=QR, customer=known(HOA))

    transfer = arrived(content, transferAmount=0)

    assert as_it_is(transfer) == ("PENDING", None, "", False)
    assert (PendingMatch.objects.count(), Transaction.objects.count(), transfer.match_due_at) == (0, 0, None)
    assert match_again(caller=ACCOUNTANT).rows == []
    assert not unlinked_transfers().exists()
    assert (transfer_statistics()["total_transactions"], transfer_statistics()["unlinked_count"]) == (1, 0)
    with pytest.raises(NotIncoming):
        link(caller=ACCOUNTANT, transfer_id=transfer.pk, phone=HOA, credit=True)
    [outcome] = bulk_approve(caller=ACCOUNTANT, transfer_ids=[transfer.pk])
    assert outcome.error == "Not incoming transaction"


def test_a_code_and_a_full_phone_keep_their_reasons_too() -> None:
    hoa = known(HOA)
    map_qr_code(code=QR, customer=hoa)
    arrived(QR)
    arrived(f"{NAM} ck")

    by_code, by_phone = Decision.objects.order_by("id")
    assert (by_code.reading_kind, by_code.reading_value, by_code.customer) == ("qr", QR, hoa)
    assert by_code.candidates[0]["evidence"] == [{"code": "QR_FOUND", "points": 100, "text": {"code": QR}}]
    assert (by_phone.reading_kind, by_phone.reading_rule, by_phone.customer.phone) == ("phone", "E5", NAM)
    assert by_phone.candidates[0]["evidence"] == [{"code": "FULL_PHONE", "points": 95, "text": {"phone": NAM}}]


def test_two_customers_with_the_same_end_are_a_question() -> None:
    known("0912318264", "Anh Nam")
    known(HOA)

    transfer = arrived("318264 ck")

    assert as_it_is(transfer) == ("PENDING_VERIFICATION", None, "pending_match", False)
    question = PendingMatch.objects.get()
    assert (question.extracted_text, question.status) == ("318264", "pending")
    assert [candidate["phone"] for candidate in question.candidates] == [HOA, "0912318264"]
    assert evidence_of(Decision.objects.get()) == [["LAST_DIGITS", "TWO_OWNERS"]] * 2
    told = Event.objects.filter(name__startswith="transfer.").order_by("id").values_list("name", "payload")
    assert [name for name, _ in told] == ["transfer.received", "transfer.asked"]
    assert told[1][1] == {"id": transfer.pk, "partial_phone": "318264", "unique_phones_count": 2}
    assert Transaction.objects.count() == 0


def test_two_names_of_one_phone_are_one_candidate() -> None:
    """W16."""
    hoa = known(HOA)
    Customer.objects.filter(pk=hoa.pk).update(aliases=["Hoa NT", "Hoa Lê"])

    assert as_it_is(arrived("318264 ck"))[0] == "AUTO_APPROVED"


def test_five_digits_are_asked_about_unless_the_shop_says_otherwise(settings: Settings) -> None:
    known(HOA)

    assert as_it_is(arrived("18264 ck"))[0] == "PENDING_VERIFICATION"
    assert evidence_of(Decision.objects.get()) == [["LAST_DIGITS", "FEW_DIGITS"]]
    settings.BANK_PARTIAL_AUTO_MIN_DIGITS = 5
    assert as_it_is(arrived("18264 ck"))[0] == "AUTO_APPROVED"


def test_below_the_threshold_a_person_is_asked(settings: Settings) -> None:
    settings.MATCH_AUTO_THRESHOLD = 96
    map_qr_code(code=QR, customer=known(NAM))
    known(HOA)

    assert as_it_is(arrived("318264 ck"))[0] == "PENDING_VERIFICATION"
    assert as_it_is(arrived(f"{HOA} ck"))[0] == "PENDING_VERIFICATION"
    assert as_it_is(arrived("0999999999 ck"))[0] == "PENDING_VERIFICATION"
    assert as_it_is(arrived(QR))[0] == "AUTO_APPROVED"
    assert not Customer.objects.filter(phone="0999999999").exists()
    assert [question.candidates[0]["phone"] for question in PendingMatch.objects.order_by("id")] == [
        HOA, HOA, "0999999999",
    ]  # fmt: skip


def test_a_blacklisted_customers_part_is_asked_about_and_their_full_phone_still_credited() -> None:
    Customer.objects.filter(pk=known(HOA).pk).update(tier="blacklist")

    assert as_it_is(arrived("318264 ck"))[0] == "PENDING_VERIFICATION"
    assert as_it_is(arrived(f"{HOA} ck"))[0] == "AUTO_APPROVED"
    assert [evidence[0][-1] for evidence in map(evidence_of, Decision.objects.all())] == ["BLACKLISTED"] * 2


def test_two_full_phones_of_two_customers_are_a_question() -> None:
    known(HOA)
    known(NAM, "Anh Nam")

    transfer = arrived(f"{HOA} ck cho {NAM}")

    assert as_it_is(transfer) == ("PENDING_VERIFICATION", None, "pending_match", False)
    assert [candidate["phone"] for candidate in PendingMatch.objects.get().candidates] == [NAM, HOA]
    assert (real_vnd(HOA), real_vnd(NAM)) == (0, 0)


def test_of_two_full_phones_the_last_counts_when_they_are_not_two_customers() -> None:
    known(HOA)

    assert as_it_is(arrived(f"{HOA} ck cho {NAM}")) == ("AUTO_APPROVED", NAM, "exact_phone", True)
    assert as_it_is(arrived(f"{HOA} ck {HOA}")) == ("AUTO_APPROVED", HOA, "exact_phone", True)


def test_with_the_switch_off_nothing_is_credited_whatever_was_matched() -> None:
    """W31: it counts from the very next transfer on; and no job credits it (7.1 no. 7)."""
    map_qr_code(code=QR, customer=known(NAM))
    known(HOA)
    switches.set_auto_approve(caller=ACCOUNTANT, enabled=False)

    transfers = [arrived(QR), arrived("0987654321 ck"), arrived("318264 ck")]

    assert [as_it_is(transfer) for transfer in transfers] == [
        ("PENDING_VERIFICATION", NAM, "qr_code", False),
        ("PENDING_VERIFICATION", "0987654321", "exact_phone", False),
        ("PENDING_VERIFICATION", HOA, "single_match", False),
    ]
    assert set(Decision.objects.values_list("verdict", flat=True)) == {"linked"}
    assert {transfer.verified_at for transfer in transfers} == {None}
    assert Transaction.objects.count() == 0
    switches.set_auto_approve(caller=ACCOUNTANT, enabled=True)
    assert as_it_is(arrived(QR))[0] == "AUTO_APPROVED"


def test_a_part_that_is_nobodys_here_waits_for_tpos() -> None:
    transfer = arrived("318264 ck")

    assert as_it_is(transfer) == ("PENDING", None, "", False)
    assert transfer.match_due_at is not None
    assert Decision.objects.get().verdict == "looking"


def test_a_text_that_names_nobody_is_decided_too() -> None:
    transfer = arrived("chuyen tien")

    assert (as_it_is(transfer), transfer.match_due_at) == (("PENDING", None, "", False), None)
    assert (Decision.objects.get().verdict, Decision.objects.get().reading_rule) == ("nothing", "E9")


def test_outgoing_money_is_announced_and_never_matched() -> None:
    known(HOA)
    transfer = arrived(f"{HOA} 318264 ck", transferType="out")

    assert as_it_is(transfer) == ("PENDING", None, "", False)
    assert (Decision.objects.count(), PendingMatch.objects.count(), transfer.match_due_at) == (0, 0, None)
    assert Event.objects.filter(name__startswith="transfer.").get().name == "transfer.received"


def test_a_payer_whom_staff_confirmed_is_worth_a_question_never_an_answer() -> None:
    hoa = known(HOA)
    KnownPayer.objects.create(account="1023456789", customer=hoa, times=9, confirmed_by="lan")

    transfer = arrived(PAYER)

    assert as_it_is(transfer) == ("PENDING_VERIFICATION", None, "pending_match", False)
    assert (transfer.payer_account, transfer.payer_name) == ("1023456789", "NGUYEN THI LAN")
    assert PendingMatch.objects.get().candidates[0]["phone"] == HOA
    assert evidence_of(Decision.objects.get()) == [["PAYER_SEEN"]]


def test_a_payer_known_as_somebody_elses_makes_a_part_a_question() -> None:
    known(HOA)
    KnownPayer.objects.create(account="1023456789", customer=known(NAM, "Anh Nam"), confirmed_by="lan")

    transfer = arrived("MBVCB.1.2.318264.CT tu 1023456789 NGUYEN VAN NAM toi 75918")

    assert as_it_is(transfer)[0] == "PENDING_VERIFICATION"
    assert {candidate["phone"] for candidate in PendingMatch.objects.get().candidates} == {HOA, NAM}
    assert ["LAST_DIGITS", "PAYER_OF_ANOTHER"] in evidence_of(Decision.objects.get())


def test_what_speaks_for_a_candidate_is_kept_beside_the_digits() -> None:
    lan = known(HOA, "Chị Lan Quận 7")
    KnownPayer.objects.create(account="1023456789", customer=lan, times=2, confirmed_by="lan")
    PendingWithdrawal.objects.create(
        order_id="NJD/1",
        customer=lan,
        amount_vnd=350_000,
        actor="x",
        max_attempts=5,
        next_attempt_at="2026-01-01T00:00Z",
    )

    arrived("MBVCB.1.2.318264.CT tu 1023456789 NGUYEN THI LAN toi 75918", transferAmount=350_000)

    [candidate] = Decision.objects.get().candidates
    assert [(reason["code"], reason["text"]) for reason in candidate["evidence"]] == [
        ("LAST_DIGITS", {"digits": "318264"}), ("PAYER_SEEN", {"times": 2}), ("NAME_ALIKE", {"name": "NGUYEN THI LAN"}),
        ("AMOUNT_REQUESTED", {"order": "NJD/1"}),
    ]  # fmt: skip
    assert candidate["score"] == 99


def test_more_customers_than_can_be_shown_are_a_question_that_says_so() -> None:
    for number in range(25):
        known(f"09{number:02}318264")

    assert as_it_is(arrived("318264 ck"))[0] == "PENDING_VERIFICATION"
    question = PendingMatch.objects.get()
    assert len(question.candidates) == 20
    assert {"SEARCH_INCOMPLETE", "TWO_OWNERS"} < set(evidence_of(Decision.objects.get())[0])


def test_references_dates_amounts_and_accounts_are_nobodys_phone() -> None:
    """W15: customers whose phones end like each of them get nothing."""
    for end in ("160126", "138269", "01012026", "350000", "75918"):
        known("09000000"[: 10 - len(end)] + end)

    for content in (
        "CHUYEN TIEN GD 512345-160126", "MBVCB.8123456789.138269.LAN ck.CT tu 0900138269 LAN toi 75918",
        "ck ngay 01012026", "350000 ck", "350000d", "TK 75918 nhan tien",
    ):  # fmt: skip
        assert as_it_is(arrived(content, transferAmount=350_000)) == ("PENDING", None, "", False), content


def test_a_repeat_by_another_way_is_not_held_to_the_same_words(client: Client) -> None:
    post(client, delivery())
    said = json.dumps(delivery(description="as the list says it"))
    take_sepay_notice(parse(said.encode()), body=said, channel=Channel.LIST)

    assert Delivery.objects.values_list("channel", "repeats", "differing_body").get() == ("webhook", 1, None)


def test_hostile_text_is_kept_as_it_came() -> None:
    for content in ("1" * 10_000, "\u202e462813 ck", "<script>alert(318264)</script>", "a\x01b 318264", "đ" * 9_000):
        assert arrived(content).content == content


def test_a_part_costs_one_look_more_and_whole_names_none(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    known(HOA)
    for content, queries in ((f"{HOA} ck", 1), (QR, 1), ("chuyen tien", 1), ("318264 ck", 2), (PAYER, 2)):
        body = json.dumps(delivery(id=len(content) + 1, content=content))
        with django_assert_num_queries(queries):
            take_sepay_notice(parse(body.encode()), body=body)


@pytest.mark.parametrize("case", PUBLIC, ids=range(len(PUBLIC)))
def test_the_public_cases_through_the_webhook(client: Client, case: dict[str, Any]) -> None:
    kind, value = case["expect"]["kind"], case["expect"]["value"]
    owner = known("0911111111")
    if kind == "qr":
        map_qr_code(code=value, customer=owner)
    if kind == "partial":
        owner = known(("0900000000"[: 10 - len(value)] + value) if len(value) < 10 else value)

    assert post(client, delivery(content=case["content"])).status_code == 200

    state, phone, method, credited = as_it_is(BankTransfer.objects.get())
    if kind == "none":
        assert (state, phone, credited) == ("PENDING", None, False)
    elif kind == "partial" and len(value) == 5:
        assert (state, PendingMatch.objects.get().candidates[0]["phone"]) == ("PENDING_VERIFICATION", owner.phone)
    else:
        methods = {"qr": "qr_code", "phone": "exact_phone", "partial": "single_match"}
        assert (state, phone, method) == ("AUTO_APPROVED", value if kind == "phone" else owner.phone, methods[kind])
    assert verify_ledger() == []


words = st.sampled_from([
    QR, QR.lower(), "N2AAAAAAAAAAAAAAAA", HOA, NAM, "0999999999", "0977318264", "318264", "18264", "345678", "350000",
    "16012026", "GD 512345", "75918", "ck", "CT tu 1023456789 LAN toi 75918", "0000000000", "+84 909 318 264",
    "200000d",
])  # fmt: skip


class WebhookAndRules(TestCase):
    """The one statement of the webhook decides as the rules in Python do."""

    @example([HOA, NAM], False, 81)
    @example([NAM, HOA, NAM], True, 81)
    @given(st.lists(words, max_size=4), st.booleans(), st.sampled_from([0, 80, 81, 96, 100]))
    def test_both_say_the_same(self, parts: list[str], blacklisted: bool, threshold: int) -> None:
        with self.settings(MATCH_AUTO_THRESHOLD=threshold):
            hoa, nam = known(HOA), known(NAM, "Anh Nam")
            Customer.objects.filter(pk=hoa.pk).update(tier="blacklist" if blacklisted else "new")
            QrCode.objects.get_or_create(code=QR, defaults={"customer": hoa})
            KnownPayer.objects.get_or_create(account="1023456789", customer=nam, confirmed_by="x")
            known("0988318264")
            content = " ".join(parts)
            expected = explain_content(content, amount_vnd=350_000, account_number="75918")

            transfer = arrived(content, transferAmount=350_000)

            decision = Decision.objects.get(transfer=transfer)
            assert decision.verdict == expected.verdict
            reading = expected.reading
            assert (decision.reading_kind, decision.reading_value, decision.reading_rule) == (
                reading.kind, reading.value or "", reading.rule,
            )  # fmt: skip

            def plain(candidates: list[dict[str, Any]]) -> list[Any]:
                return [(one["phone"], one["score"], one["source"], one["evidence"]) for one in candidates]

            assert plain(decision.candidates) == plain(expected.candidates)
            assert (transfer.wallet_transaction is not None) == (expected.verdict == "credited")
