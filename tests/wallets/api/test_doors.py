"""What holds at every door through which a page moves money: v1 and v2, deposit, withdrawal and credit."""

import json
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from customers.models import Activity, Customer, Tier
from n2store.models import AuditLog, Event
from n2store.roles import Role
from tests.threads import at_once
from wallets.models import Transaction, VirtualCredit, Wallet
from wallets.queries import verify_ledger

V1, V2 = "/api/wallet/0909318264", "/api/v2/wallets/0909318264"
DEPOSITS = [f"{V1}/deposit", f"{V2}/deposit"]
WITHDRAWALS = [f"{V1}/withdraw", f"{V2}/withdraw"]
CREDITS = [f"{V1}/virtual-credit", f"{V2}/credit"]
DOORS = [*DEPOSITS, *WITHDRAWALS, *CREDITS]


def post(api: APIClient, path: str, key: str = "", **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return api.post(path, body, format="json", headers=headers)


def balances() -> tuple[int, int]:
    wallet = Wallet.objects.get(customer__phone="0909318264")
    return wallet.real_vnd, wallet.virtual_vnd


@pytest.mark.parametrize("amount", [150_000, "150000", " 150000 ", "150000.00", "150000.0", 150_000.0])
@pytest.mark.parametrize("path", DEPOSITS)
def test_an_exact_amount_is_taken_however_it_is_written(
    api: APIClient, customer: Customer, path: str, amount: Any
) -> None:
    answer = post(api, path, amount=amount)

    assert answer.status_code == 200
    assert type(answer.json()["data"]["deposited"]) is int
    assert balances() == (150_000, 0)


@pytest.mark.parametrize(
    "amount",
    [
        "0", "-1", "0.5", "150000.5", "Infinity", "NaN", "true", "null", '""', '"abc"', '"1e3"', '"1,000"', "[]",
        "[1]", "{}", '{"amount": 1}', "1e400", "-1e400", "100000001", "9" * 30, f'"{"9" * 30}"', '"١٢٣"', "1" * 5_000,
        '"1.000"', '"150.000"', '"1.000.000"',
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", DOORS)
def test_what_is_no_amount_is_refused_and_nothing_moves(
    api: APIClient, customer: Customer, path: str, amount: str
) -> None:
    answer = api.post(path, f'{{"amount": {amount}}}', content_type="application/json")

    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert answer.json()["code"] in {"INVALID_AMOUNT", "AMOUNT_EXCEED_LIMIT", "PARSE_ERROR"}
    assert Transaction.objects.count() == 0


@pytest.mark.parametrize(
    "body", ["", "[]", "[1]", '"x"', "1", "null", "{", "{}", '{"amount": 1', '{"a": ' * 5_000, "\xff"], ids=repr
)
@pytest.mark.parametrize("path", DOORS)
def test_what_is_no_request_is_refused(api: APIClient, customer: Customer, path: str, body: str) -> None:
    answer = api.post(path, body.encode("latin-1"), content_type="application/json")

    assert (answer.status_code, answer.json()["success"]) == (400, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"note": ["x"]}, {"note": {"a": 1}}, {"note": True}, {"note": 1.5}, {"note": "a\x00b"}, {"note": "\ud800"},
        {"note": "x" * 2_001}, {"reference_id": "x" * 81, "order_id": "x" * 81, "source_id": "x" * 81},
        {"source": "GIFT", "source_type": "GIFT", "order_id": []},
        {"source": "ORDER_PAYMENT", "source_type": "VIRTUAL_CREDIT_ISSUE", "order_id": {}},
        {"reference_id": {}, "order_id": False, "expiry_days": "abc"},
        {"reference_id": [], "order_id": 1.5, "expiry_days": 0},
        {"reference_id": True, "order_id": "a\x00", "expiry_days": 366},
        {"reference_id": 1.5, "order_id": "\udfff", "expiry_days": [1]},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("path", DOORS)
def test_what_does_not_fit_beside_the_amount_is_refused(
    api: APIClient, customer: Customer, path: str, wrong: dict[str, Any]
) -> None:
    answer = api.post(path, json.dumps({"amount": 1_000} | wrong), content_type="application/json")

    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert Transaction.objects.count() == 0


@pytest.mark.parametrize("path", DOORS)
def test_a_customer_who_is_not_there_is_not_found(api: APIClient, path: str) -> None:
    answer = post(api, path, amount=1_000)

    assert (answer.status_code, answer.json()["code"]) == (404, "CUSTOMER_NOT_FOUND")


@pytest.mark.parametrize("phone", ["abc", "0abc", "090931826", "0909318264999", "'; --"])
@pytest.mark.parametrize("action", ["deposit", "withdraw", "virtual-credit"])
def test_what_is_no_phone_is_refused(api: APIClient, customer: Customer, phone: str, action: str) -> None:
    answer = post(api, f"/api/wallet/{phone}/{action}", amount=1_000)

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PHONE")


@pytest.mark.parametrize("path", DOORS)
def test_money_above_the_limit_is_refused_in_the_words_of_the_matrix(
    api: APIClient, customer: Customer, path: str
) -> None:
    answer = post(api, path, amount=100_000_001).json()

    assert (answer["code"], answer["error"]) == ("AMOUNT_EXCEED_LIMIT", "Amount exceeds the limit of 100000000 dong")


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.WAREHOUSE, Role.CUSTOMER_CARE])
def test_who_may_not_move_money_is_refused_and_it_is_kept(
    as_role: Any, customer: Customer, path: str, role: Role
) -> None:
    answer = post(as_role(role), path, amount=1_000)

    assert (answer.status_code, answer.json()["code"]) == (403, "PERMISSION_DENIED")
    assert AuditLog.objects.values_list("actor", "outcome", "code").get() == (
        f"user-{role}", "refused", "PERMISSION_DENIED",
    )  # fmt: skip
    assert Transaction.objects.count() == 0


@pytest.mark.parametrize("path", [*WITHDRAWALS, *CREDITS])
def test_a_blacklisted_customer_is_refused(api: APIClient, customer: Customer, path: str) -> None:
    post(api, DEPOSITS[0], amount=5_000)
    Customer.objects.update(tier=Tier.BLACKLIST)

    answer = post(api, path, amount=1_000)

    assert (answer.status_code, answer.json()["code"]) == (403, "CUSTOMER_BLACKLISTED")


@pytest.mark.parametrize("path", DOORS)
def test_a_repeat_with_its_key_gets_the_first_answer_and_is_marked(
    api: APIClient, customer: Customer, path: str
) -> None:
    post(api, DEPOSITS[1], amount=100_000, key="start")
    first = post(api, path, amount=30_000, key="k-1")
    after = balances()
    post(api, DEPOSITS[0], amount=1, key="between")
    again = post(api, path, amount=30_000, key="k-1")

    assert (first.status_code, again.status_code) == (200, 200)
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")
    assert again.json() == first.json()
    assert balances() == (after[0] + 1, after[1])


@pytest.mark.parametrize("path", DOORS)
def test_a_key_with_other_content_is_refused(api: APIClient, customer: Customer, path: str) -> None:
    post(api, DEPOSITS[1], amount=100_000, key="start")
    post(api, path, amount=30_000, key="k-1")
    after = balances()

    answer = post(api, path, amount=30_001, key="k-1")

    assert (answer.status_code, answer.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert balances() == after


@pytest.mark.parametrize("path", DOORS)
def test_an_old_page_that_repeats_itself_without_a_key_moves_money_once(
    api: APIClient, customer: Customer, path: str
) -> None:
    post(api, DEPOSITS[1], amount=100_000, key="start")
    answers = [post(api, path, amount=30_000) for _ in range(3)]

    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
    assert len({json.dumps(answer.json()) for answer in answers}) == 1


@pytest.mark.parametrize("path", DOORS)
def test_every_row_has_its_actor_reference_and_history(api: APIClient, customer: Customer, path: str) -> None:
    """The actor is who is logged in, whatever the body says (W38)."""
    post(api, DEPOSITS[1], amount=100_000, key="start", reference_id="PT-1")
    post(api, path, amount=30_000, key="k", created_by="somebody else", reference_id="PT-2", order_id="D-1")

    rows = Transaction.objects.all()
    assert {row.actor for row in rows} == {"user-owner"}
    assert all(row.reference_type and row.reference_id and row.note for row in rows)
    assert Activity.objects.filter(reference_type="wallet_transaction", actor="user-owner").count() == 2
    assert Event.objects.filter(name__startswith="wallet.").count() == 2
    assert verify_ledger() == []


@pytest.mark.parametrize(("first", "second"), [WITHDRAWALS, WITHDRAWALS[::-1]])
def test_an_order_is_paid_once_by_both_versions_together(
    api: APIClient, customer: Customer, settings: Settings, first: str, second: str
) -> None:
    settings.IDEMPOTENCY_WINDOW_S = 0
    post(api, DEPOSITS[0], amount=100_000)
    one = post(api, first, amount=30_000, order_id="NJD/2026/1")
    two = post(api, second, amount=30_000, order_id=" NJD/2026/1 ", key="x")

    assert (one.json(), balances()) == (two.json(), (70_000, 0))
    assert post(api, second, amount=40_000, order_id="NJD/2026/1").json()["code"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize("path", WITHDRAWALS)
def test_a_spend_of_two_lots_and_real_money_takes_what_expires_first(
    api: APIClient, customer: Customer, path: str
) -> None:
    post(api, CREDITS[1], amount=30_000, expiry_days=20)
    post(api, CREDITS[1], amount=20_000, expiry_days=5)
    post(api, DEPOSITS[1], amount=100_000)

    told = post(api, path, amount=60_000).json()["data"]

    assert (told["requested"], told["totalUsed"], told["virtualUsed"], told["realUsed"]) == (
        60_000, 60_000, 50_000, 10_000,
    )  # fmt: skip
    assert (told["newBalance"], told["newVirtualBalance"], told["phone"]) == (90_000, 0, "0909318264")
    post(api, f"{V2}/credit", amount=30_000, expiry_days=20, key="a")
    post(api, f"{V2}/credit", amount=20_000, expiry_days=5, key="b")
    post(api, path, amount=25_000)
    assert [lot.remaining_vnd for lot in VirtualCredit.objects.order_by("id")] == [0, 0, 25_000, 0]


@pytest.mark.parametrize("path", WITHDRAWALS)
def test_credit_that_has_run_out_is_not_available_also_before_the_job(
    api: APIClient, customer: Customer, path: str
) -> None:
    """Where the old server counted it and ended in a 500 (W9)."""
    post(api, CREDITS[1], amount=30_000)
    VirtualCredit.objects.update(expires_at="2026-01-01T00:00:00Z")

    answer = post(api, path, amount=1_000)

    assert (answer.status_code, answer.json()["code"]) == (400, "INSUFFICIENT_BALANCE")
    assert answer.json()["error"] == "Insufficient balance. Available: 0, Required: 1000"
    assert api.get(V1).json()["data"]["virtual_balance"] == api.get(V2).json()["data"]["total"] == 0


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_a_money_request_is_one_statement(
        self, token_client: APIClient, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        post(token_client, DEPOSITS[0], amount=500_000)
        for number, path in enumerate(DOORS):
            with django_assert_num_queries(1):
                answer = post(token_client, path, amount=1_000, key=f"k{number}")
            assert answer.status_code == 200

    @pytest.mark.parametrize("path", DEPOSITS)
    def test_forty_deposits_at_once_are_forty_thousand(self, token_client: APIClient, path: str) -> None:
        login = token_client._credentials

        def pay_in(number: int) -> int:
            api = APIClient(raise_request_exception=False)
            api.credentials(**login)
            return post(api, path, amount=1_000, note=f"số {number}").status_code

        assert set(at_once(pay_in, range(40))) == {200}
        assert balances() == (40_000, 0)
        assert Transaction.objects.count() == 40
        assert verify_ledger() == []

    def test_deposits_credits_and_withdrawals_at_once_leave_the_ledger_whole(self, token_client: APIClient) -> None:
        login = token_client._credentials
        post(token_client, DEPOSITS[0], amount=10_000, key="start")

        def act(number: int) -> tuple[str, int]:
            api = APIClient(raise_request_exception=False)
            api.credentials(**login)
            path = DOORS[number % len(DOORS)]
            return path, post(api, path, amount=3_000, key=f"k{number}").status_code

        done = at_once(act, range(48))

        moved = {"deposit": 3_000, "withdraw": -3_000, "virtual-credit": 3_000, "credit": 3_000}
        expected = 10_000 + sum(moved[path.rpartition("/")[2]] for path, status in done if status == 200)
        assert sum(balances()) == expected
        assert {status for _path, status in done} <= {200, 400}
        assert verify_ledger() == []
