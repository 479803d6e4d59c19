"""What PayOS, banks, payers and machines do to a top-up (R01 to R36 of the contract): the money counts once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone

from banking.models import PaymentSource, PayosDelivery, Topup, TopupPayment, TopupStatus, Verification
from banking.payos import asking, cache, client, moving
from banking.payos.asking import check_due
from banking.payos.starting import TooManyTopups
from n2store.models import Event
from n2store.simulator.answering import Manner
from n2store.simulator.payos import Payos
from tests.banking.acting import ACCOUNTANT, HOA, NAM, arrived, known, real_vnd
from tests.factories.payos import PHONE, playing_payos, post, started
from tests.threads import at_once
from wallets.ledger import KeyReused
from wallets.models import Transaction
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db(transaction=True)
OK = (200, {"success": True})


def now_is_after(topup: Topup, **later: float) -> None:
    """Let the top-up have ended so long ago."""
    end = timezone.now() - timedelta(**later)
    Topup.objects.filter(pk=topup.pk).update(expires_at=end, next_check_at=timezone.now())


def look() -> asking.Asked:
    Topup.objects.update(next_check_at=timezone.now())
    return check_due(now=timezone.now())


def is_now(topup: Topup) -> tuple[str, int]:
    topup.refresh_from_db()
    return topup.status, topup.paid_vnd


def outcomes() -> list[str]:
    return list(PayosDelivery.objects.order_by("id").values_list("outcome", flat=True))


def told() -> list[tuple[str, int]]:
    events = Event.objects.filter(name="topup.changed").order_by("id")
    return [(event.payload["status"], event.payload["version"]) for event in events]


# Making the link


def test_r01_a_webhook_before_the_links_answer_is_credited_and_not_undone_by_it(payos: Payos) -> None:
    topup = started()
    Topup.objects.filter(pk=topup.pk).update(
        status="created", version=1, payment_link_id="", qr_code="", checkout_url="", account_number="", memo=""
    )

    assert post(payos.pay(topup.order_code)) == OK
    topup.refresh_from_db()
    asking.apply_link(topup, client.get(topup.order_code))

    assert is_now(topup) == ("paid", 500_000)
    assert (topup.version, bool(topup.payment_link_id)) == (2, True)


def test_r02_a_lost_answer_is_asked_for_and_no_second_link_is_made(payos: Payos) -> None:
    payos.lost = 1

    topup = started()

    assert (topup.status, len(payos.links)) == ("pending", 1)
    assert topup.checkout_url == f"https://pay.payos.vn/web/{topup.payment_link_id}"
    assert [asked.split()[0] for asked in payos.asked] == ["POST", "GET"]


def test_r02_a_link_that_hangs_is_found_later(transactional_db: None) -> None:
    with playing_payos(timeout_s=0.3) as payos:
        payos.manner = Manner.HANGING
        with pytest.raises((client.ProviderError, client.ProviderUnavailable)):
            started(key="one")
        assert [topup.status for topup in Topup.objects.all()] == ["created"]
        payos.manner = Manner.WELL
        client._line_of.cache_clear()

        topup = started(key="one")

        assert (topup.status, Topup.objects.count(), len(payos.links)) == ("pending", 1, 1)


def test_r02_a_link_that_was_not_made_is_made_with_the_same_code(payos: Payos) -> None:
    payos.manner = Manner.FAILING
    with pytest.raises(client.OutcomeUnknown):
        started(key="one")
    payos.manner = Manner.WELL
    payos.links.clear()

    topup = started(key="one")

    assert (topup.status, list(payos.links)) == ("pending", [topup.order_code])


def test_r03_a_used_code_with_another_amount_gives_way_to_a_new_one(payos: Payos) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value + is_called::int FROM banking_topup_order_code")
        [code] = cursor.fetchone()
    payos._create(payos_request(payos, code, amount=1_000))

    topup = started(500_000, key="one")

    failed = Topup.objects.get(order_code=code)
    assert (topup.status, topup.order_code != code, topup.idempotency_key) == ("pending", True, "one")
    assert (failed.status, failed.idempotency_key) == ("failed", None)


def payos_request(payos: Payos, code: int, *, amount: int) -> dict[str, Any]:
    from payos._crypto import CryptoProvider

    body = {"orderCode": code, "amount": amount, "description": "x", "cancelUrl": "u", "returnUrl": "u"}
    return body | {"signature": CryptoProvider().create_signature_of_payment_request(body, payos.checksum_key)}


def test_r33_a_double_click_is_one_top_up(payos: Payos) -> None:
    known(PHONE)

    made = at_once(lambda _n: started(key="one").tx_ref, range(4))

    assert (len(set(made)), Topup.objects.count(), len(payos.links)) == (1, 1, 1)
    with pytest.raises(KeyReused):
        started(600_000, key="one")


def test_a_customer_has_three_open_at_most(payos: Payos) -> None:
    for _ in range(3):
        started()

    with pytest.raises(TooManyTopups):
        started()


# The same told again


def test_r05_fifty_copies_at_once_are_one_credit_and_one_event(payos: Payos) -> None:
    topup = started()
    body = payos.pay(topup.order_code)

    answers = at_once(lambda _n: post(body), range(50))

    assert answers == [OK] * 50
    assert (is_now(topup), real_vnd(PHONE), Transaction.objects.count()) == (("paid", 500_000), 500_000, 1)
    assert told() == [("pending", 2), ("paid", 3)]
    assert verify_ledger() == []


def test_r05_the_webhook_and_the_job_at_once_are_one_credit(payos: Payos) -> None:
    topups = [started(phone=f"09093182{n:02}") for n in range(5)]
    bodies = {topup.pk: payos.pay(topup.order_code) for topup in topups}
    work = [(topup, by) for topup in topups for by in ("webhook", "link", "webhook")]

    def tell(item: tuple[Topup, str]) -> None:
        topup, by = item
        if by == "webhook":
            assert post(bodies[topup.pk]) == OK
        else:
            asking.apply_link(topup, client.get(topup.order_code))

    at_once(tell, work)

    assert list(Topup.objects.values_list("status", "paid_vnd")) == [("paid", 500_000)] * 5
    assert Transaction.objects.count() == TopupPayment.objects.count() == 5
    assert verify_ledger() == []


def test_r16_a_webhook_replayed_days_later_is_a_duplicate(payos: Payos) -> None:
    topup = started()
    body = payos.pay(topup.order_code)
    post(body)
    Topup.objects.update(closed_at=timezone.now() - timedelta(days=9))
    cache._redis.cache_clear()

    assert post(body) == OK

    assert (real_vnd(PHONE), PayosDelivery.objects.get().repeats) == (500_000, 1)


def test_the_same_payment_told_with_a_new_field_is_a_duplicate(payos: Payos) -> None:
    topup = started()
    body = payos.pay(topup.order_code, reference="FT1")
    post(body)

    assert post(payos.webhook(body["data"] | {"branch": "HCM"})) == OK

    assert (real_vnd(PHONE), outcomes()) == (500_000, ["credited", "duplicate"])


def test_r17_r18_a_webhook_without_success_lowers_nothing(payos: Payos) -> None:
    topup = started()
    body = payos.pay(topup.order_code)
    post(body)

    assert post(payos.webhook(body["data"] | {"code": "01", "desc": "failed"})) == OK

    assert (is_now(topup), topup.version, outcomes()[-1]) == (("paid", 500_000), 3, "ignored")


# Amounts


def test_r11_less_and_then_the_rest_are_two_credits(payos: Payos) -> None:
    topup = started(500_000)

    for amount_vnd in (200_000, 300_000):
        assert post(payos.pay(topup.order_code, amount_vnd)) == OK
        check_due(now=timezone.now())

    assert (is_now(topup), topup.is_overpaid, real_vnd(PHONE)) == (("paid", 500_000), False, 500_000)
    assert told() == [("pending", 2), ("underpaid", 3), ("paid", 4)]
    assert outcomes() == ["credited", "credited"]
    assert topup.confirmed_at is not None


def test_r12_too_much_is_credited_as_it_came(payos: Payos) -> None:
    topup = started(500_000)

    post(payos.pay(topup.order_code, 700_000))
    check_due(now=timezone.now())

    assert (is_now(topup), topup.is_overpaid, real_vnd(PHONE)) == (("paid", 700_000), True, 700_000)


def test_r13_an_amount_that_the_link_does_not_know_waits_for_a_person(payos: Payos) -> None:
    topup = started(500_000)

    post(payos.pay(topup.order_code, 200_000, listed=False))
    check_due(now=timezone.now())

    assert (is_now(topup), real_vnd(PHONE), outcomes()) == (("pending", 0), 0, ["review"])
    assert topup.review_reason == "not_in_link"


def test_r14_paid_twice_is_credited_twice(payos: Payos) -> None:
    topup = started(500_000)

    for _ in range(2):
        post(payos.pay(topup.order_code))
    check_due(now=timezone.now())

    assert (is_now(topup), topup.is_overpaid, real_vnd(PHONE)) == (("paid", 1_000_000), True, 1_000_000)
    assert TopupPayment.objects.count() == 2


def test_r15_one_reference_under_two_codes_is_credited_once(payos: Payos) -> None:
    first, second = started(), started()

    post(payos.pay(first.order_code, reference="FT9"))
    post(payos.pay(second.order_code, reference="FT9"))

    assert (is_now(first), is_now(second)) == (("paid", 500_000), ("pending", 0))
    assert (real_vnd(PHONE), outcomes(), second.review_reason) == (
        500_000, ["credited", "review"], "reference_of_another",
    )  # fmt: skip


def test_r15_one_reference_under_two_codes_at_once(payos: Payos) -> None:
    first, second = started(), started()
    bodies = [payos.pay(topup.order_code, reference="FT9") for topup in (first, second)]

    answers = at_once(post, bodies * 5)

    assert set(map(str, answers)) == {str(OK)}
    assert (real_vnd(PHONE), TopupPayment.objects.count()) == (500_000, 1)


# What does not fit


def test_r19_an_unknown_order_is_kept_and_answered_well(payos: Payos) -> None:
    topup = started()
    body = payos.pay(topup.order_code)

    assert post(payos.webhook(body["data"] | {"orderCode": 999_999_999})) == OK

    assert (outcomes(), real_vnd(PHONE)) == (["unmatched"], 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"currency": "USD"}, "currency"),
        ({"reference": ""}, "no_reference"),
        ({"paymentLinkId": "0" * 32}, "other_link"),
        ({"accountNumber": "111122223333"}, "other_account"),
    ],
)
def test_r20_what_is_signed_but_odd_waits_for_a_person(payos: Payos, change: dict[str, str], reason: str) -> None:
    topup = started()
    data = payos.pay(topup.order_code, listed=False)["data"]

    assert post(payos.webhook(data | change)) == OK

    assert (is_now(topup), topup.review_reason, outcomes()) == (("pending", 0), reason, ["review"])
    assert PayosDelivery.objects.get().reason == reason


def test_r23_a_reference_in_the_description_finds_a_top_up_without_a_code(payos: Payos) -> None:
    topup = started()
    data = payos.pay(topup.order_code, listed=False)["data"]
    Topup.objects.filter(pk=topup.pk).update(order_code=None, payment_link_id="")

    post(payos.webhook(data | {"orderCode": 999_999_999, "description": f"CS1234567AB {topup.tx_ref.lower()} tu A"}))

    assert is_now(topup) == ("paid", 500_000)


@pytest.mark.parametrize("change", ["other code", "inside a word", "other amount", "long ago"])
def test_r23_anything_less_is_nobody_s(payos: Payos, change: str) -> None:
    topup = started()
    data = payos.pay(topup.order_code, listed=False)["data"] | {"orderCode": 999_999_999}
    if change != "other code":
        Topup.objects.filter(pk=topup.pk).update(order_code=None)
    if change == "long ago":
        Topup.objects.filter(pk=topup.pk).update(closed_at=timezone.now() - timedelta(hours=25), status="expired")
    text = f"X{topup.tx_ref}" if change == "inside a word" else topup.tx_ref
    amount = 400_000 if change == "other amount" else 500_000

    post(payos.webhook(data | {"description": text, "amount": amount}))

    assert (outcomes(), real_vnd(PHONE)) == (["unmatched"], 0)


# Time


def test_r08_money_that_comes_after_the_end_is_credited_and_marked(payos: Payos) -> None:
    for end in ("cancelled", "expired", "failed"):
        topup = started(phone=NAM)
        moving.close(topup, end)

        post(payos.pay(topup.order_code))

        assert (is_now(topup), topup.is_late) == (("paid", 500_000), True)


def test_a_top_up_ends_by_our_own_clock_after_one_question(payos: Payos) -> None:
    topup = started()
    now_is_after(topup, seconds=61)
    payos.asked.clear()

    check_due(now=timezone.now())

    assert (is_now(topup), bool(topup.closed_at), len(payos.asked)) == (("expired", 0), True, 1)
    assert topup.next_check_at is not None


def test_r35_a_top_up_does_not_end_within_the_grace(payos: Payos) -> None:
    topup = started()
    now_is_after(topup, seconds=5)

    check_due(now=timezone.now())

    assert is_now(topup) == ("pending", 0)


def test_r07_what_no_webhook_told_is_found_by_asking(payos: Payos) -> None:
    topup = started()
    payos.pay(topup.order_code)

    assert look().changed == 1

    assert (is_now(topup), real_vnd(PHONE)) == (("paid", 500_000), 500_000)
    assert TopupPayment.objects.get().source == "link"


def test_the_end_counts_although_payos_is_away(payos: Payos) -> None:
    topup = started()
    now_is_after(topup, seconds=90)
    payos.manner = Manner.FAILING

    check_due(now=timezone.now())

    assert is_now(topup) == ("expired", 0)


def test_r10_the_end_and_the_webhook_at_once(payos: Payos) -> None:
    for n in range(6):
        topup = started(phone=f"09093182{n:02}")
        body = payos.pay(topup.order_code)

        at_once(
            lambda which, topup=topup, body=body: post(body) if which else moving.close(topup, TopupStatus.EXPIRED),
            [True, False],
        )

        assert is_now(topup) == ("paid", 500_000)
        assert told()[-1] == ("paid", topup.version)
    assert Transaction.objects.aggregate(sum=Sum("amount_vnd"))["sum"] == 6 * 500_000


def test_r09_a_cancelled_link_that_has_money_is_paid(payos: Payos) -> None:
    topup = started()
    payos.pay(topup.order_code)

    asking.cancel(caller=ACCOUNTANT, topup_id=topup.pk)

    assert is_now(topup) == ("paid", 500_000)


def test_cancelling_ends_it_here_and_there(payos: Payos) -> None:
    topup = started()

    asking.cancel(caller=ACCOUNTANT, topup_id=topup.pk)

    assert (is_now(topup), payos.links[topup.order_code]["status"]) == (("cancelled", 0), "CANCELLED")
    with pytest.raises(asking.TopupClosed):
        asking.cancel(caller=ACCOUNTANT, topup_id=topup.pk)


def test_a_partly_paid_top_up_stops_waiting_at_its_end(payos: Payos) -> None:
    topup = started(500_000)
    post(payos.pay(topup.order_code, 200_000))
    check_due(now=timezone.now())
    now_is_after(topup, seconds=90)

    check_due(now=timezone.now())

    assert (is_now(topup), bool(topup.closed_at)) == (("underpaid", 200_000), True)


def test_an_unknown_state_changes_nothing(payos: Payos) -> None:
    topup = started()
    payos.links[topup.order_code]["status"] = "ON_HOLD"

    look()

    assert is_now(topup) == ("pending", 0)


def test_a_field_nobody_knows_is_borne_everywhere(payos: Payos) -> None:
    payos.new_fields = {"branch": "HCM", "vip": True}

    topup = started()
    post(payos.pay(topup.order_code))
    look()

    assert is_now(topup) == ("paid", 500_000)


def test_r34_two_workers_at_once_do_no_harm(payos: Payos) -> None:
    topups = [started(phone=f"09093182{n:02}") for n in range(6)]
    for topup in topups:
        payos.pay(topup.order_code)
    Topup.objects.update(next_check_at=timezone.now())

    at_once(lambda _n: check_due(now=timezone.now()), range(3))

    assert list(Topup.objects.values_list("status", "paid_vnd")) == [("paid", 500_000)] * 6
    assert verify_ledger() == []


def test_the_job_stops_when_payos_wants_fewer_questions(payos: Payos) -> None:
    for n in range(3):
        started(phone=f"09093182{n:02}")
    payos.manner = Manner.BUSY

    done = look()

    assert (done.examined, done.trouble) == (1, "PROVIDER_UNAVAILABLE")


# SePay tells of the same money


def sepay_line(reference: str, *, content: str, amount_vnd: int = 500_000) -> Any:
    at = timezone.localtime().strftime("%Y-%m-%d %H:%M:%S")
    return arrived(content, referenceCode=reference, transferAmount=amount_vnd, transactionDate=at)


def test_sepays_line_of_a_credited_payment_is_tied_to_it(payos: Payos) -> None:
    topup = started()
    post(payos.pay(topup.order_code, reference="FT77"))

    line = sepay_line("FT77", content=topup.memo)

    assert real_vnd(PHONE) == 500_000
    assert (line.wallet_transaction, line.verification) == (Transaction.objects.get(), Verification.AUTO_APPROVED)
    assert line.match_method == "topup"


def test_sepays_line_that_names_its_owner_does_not_credit_the_same_money_again(payos: Payos) -> None:
    topup = started()
    post(payos.pay(topup.order_code, reference="FT77"))

    line = sepay_line("FT77", content=f"{PHONE} nap tien")

    assert real_vnd(PHONE) == 500_000
    assert line.wallet_transaction == TopupPayment.objects.get().wallet_transaction
    assert verify_ledger() == []


def test_a_payment_that_sepay_has_credited_already_makes_the_top_up_paid(payos: Payos) -> None:
    topup = started()
    line = sepay_line("FT77", content=f"{PHONE} nap tien")

    post(payos.pay(topup.order_code, reference="FT77"))

    assert (is_now(topup), real_vnd(PHONE)) == (("paid", 500_000), 500_000)
    assert TopupPayment.objects.get().wallet_transaction == line.wallet_transaction


def test_a_line_that_waited_for_an_owner_is_settled_by_the_payment(payos: Payos) -> None:
    topup = started()
    line = sepay_line("FT77", content=topup.memo)
    assert line.wallet_transaction is None

    post(payos.pay(topup.order_code, reference="FT77"))

    line.refresh_from_db()
    assert (line.wallet_transaction, real_vnd(PHONE)) == (TopupPayment.objects.get().wallet_transaction, 500_000)


def test_a_line_of_another_customer_holds_the_payment(payos: Payos) -> None:
    topup = started()
    sepay_line("FT77", content=f"{NAM} nap tien")

    post(payos.pay(topup.order_code, reference="FT77"))

    assert (is_now(topup), topup.review_reason, real_vnd(HOA), real_vnd(NAM)) == (
        ("pending", 0), "line_of_another", 0, 500_000,
    )  # fmt: skip


def test_line_and_webhook_at_once_are_one_deposit(payos: Payos) -> None:
    known(PHONE)
    for n in range(8):
        topup = started(phone=PHONE)
        body = payos.pay(topup.order_code, reference=f"FT88{n}")
        text = f"{PHONE} nap tien" if n % 2 else topup.memo

        at_once(
            lambda which, body=body, n=n, text=text: post(body) if which else sepay_line(f"FT88{n}", content=text),
            [True, False],
        )
        check_due(now=timezone.now())

        assert is_now(topup) == ("paid", 500_000)
        assert real_vnd(PHONE) == 500_000 * (n + 1)
        Topup.objects.update(created_at=F("created_at") - timedelta(minutes=2))
    assert verify_ledger() == []


# The database takes no half


def test_r07_a_crash_before_the_commit_leaves_nothing_and_the_repeat_credits(payos: Payos) -> None:
    topup = started()
    body = payos.pay(topup.order_code)
    with pytest.raises(RuntimeError), transaction.atomic():
        moving.credit(topup, client.get(topup.order_code).paid[0], source=PaymentSource.LINK, by="test")
        raise RuntimeError
    assert (is_now(topup), real_vnd(PHONE), told()) == (("pending", 0), 0, [("pending", 2)])

    post(body)

    assert (is_now(topup), real_vnd(PHONE)) == (("paid", 500_000), 500_000)
