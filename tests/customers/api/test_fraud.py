"""The review of cases over the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from customers.models import Customer, FraudCase, FraudConfig
from n2store.roles import Role
from tests.customers.fraud.test_cases import night, suspect
from tests.factories.orders import PHONE

CASES = "/api/v2/fraud/cases"
CONFIG = "/api/v2/fraud/rules/return_rate/config"
pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> FraudCase:
    suspect()
    [case] = night()
    return case


def test_a_case_is_listed_with_its_evidence_and_shown_on_the_card(api: APIClient, case: FraudCase) -> None:
    page = api.get(f"{CASES}?status=open&rule=return_rate&customer={PHONE}").json()
    card = api.get(f"/api/v2/customers/{PHONE}").json()["data"]["customer"]
    may_order = api.get(f"/api/v2/customers/{PHONE}/can-order").json()["data"]

    [row] = page["data"]
    assert row == api.get(f"{CASES}/{case.pk}").json()["data"]
    assert (row["rule"], row["flag"], row["severity"], row["status"], row["tier_before"], row["tier"]) == (
        "return_rate", "high-returns", "HIGH", "open", "gold", "blacklist",
    )  # fmt: skip
    assert (row["evidence"]["returned"], row["phone"], page["pagination"]["total"]) == (2, PHONE, 1)
    assert (card["risk_flags"], card["tier"]) == (["high-returns"], "blacklist")
    assert (may_order["allowed"], may_order["flags"]) == (False, ["high-returns"])


def test_a_case_is_confirmed_and_then_overturned(api: APIClient, case: FraudCase) -> None:
    confirmed = api.post(f"{CASES}/{case.pk}/confirm", {}, format="json").json()["data"]
    overturned = api.post(f"{CASES}/{case.pk}/overturn", {"reason": "nhầm khách"}, format="json").json()["data"]
    again = api.post(f"{CASES}/{case.pk}/overturn", {"reason": "nhầm khách"}, format="json")

    assert (confirmed["status"], confirmed["decided_by"]) == ("confirmed", "user-owner")
    assert (overturned["status"], overturned["tier"], overturned["reason"]) == ("overturned", "gold", "nhầm khách")
    assert (again.status_code, again.json()["code"]) == (409, "FRAUD_CASE_DECIDED")
    assert api.get(f"/api/v2/customers/{PHONE}").json()["data"]["customer"]["risk_flags"] == []


def test_a_case_is_muted_for_all_rules(api: APIClient, case: FraudCase) -> None:
    until = (timezone.now() + timedelta(days=30)).date().isoformat()
    body = {"until": until, "reason": "khách sỉ", "all_rules": True}

    muted = api.post(f"{CASES}/{case.pk}/mute", body, format="json").json()["data"]

    assert (muted["status"], muted["tier"]) == ("muted", "gold")
    assert Customer.objects.get().fraud_mutes.get().rule == ""


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("overturn", {}), ("overturn", {"reason": " "}), ("overturn", {"reason": "x" * 501}),
        ("overturn", {"reason": 5}), ("overturn", []), ("confirm", {"reason": ["x"]}), ("mute", {"reason": "x"}),
        ("mute", {"reason": "x", "until": 5}),
        ("mute", {"reason": "x", "until": "2020-01-01"}), ("mute", {"reason": "x", "until": "2999-01-01"}),
        ("mute", {"until": "2027-01-01", "reason": "x", "all_rules": "yes"}),
    ],
)  # fmt: skip
def test_a_decision_without_words_changes_nothing(api: APIClient, case: FraudCase, verb: str, body: Any) -> None:
    answer = api.post(f"{CASES}/{case.pk}/{verb}", body, format="json")

    case.refresh_from_db()
    assert (answer.status_code, answer.json()["success"], case.status) == (400, False, "open")
    assert Customer.objects.get().tier == "blacklist"


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.ACCOUNTANT, 200), (Role.CUSTOMER_CARE, 403), (Role.WAREHOUSE, 403), (Role.VIEWER, 403)],
)
def test_who_decides(as_role: Any, case: FraudCase, role: Role, status: int) -> None:
    caller = as_role(role)

    assert caller.get(CASES).status_code == 200
    assert caller.post(f"{CASES}/{case.pk}/overturn", {"reason": "x"}, format="json").status_code == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{CASES}?status=x", 400), (f"{CASES}?rule=x", 400), (f"{CASES}?customer=abc", 404), (f"{CASES}/999999", 404),
        (f"{CASES}/99999999999999999999", 404), (f"{CASES}?cursor=x", 400), ("/api/v2/fraud/rules/x/config", 404),
        (f"{CONFIG}?version=77", 404),
    ],
)  # fmt: skip
def test_a_bad_question_is_a_clear_answer(api: APIClient, path: str, status: int) -> None:
    assert api.get(path).status_code == status


def test_rules_are_shown_with_their_thresholds_and_limits(api: APIClient) -> None:
    data = api.get("/api/v2/fraud/rules").json()["data"]

    assert [(rule["rule"], rule["severity"], rule["blacklists"]) for rule in data] == [
        ("return_rate", "HIGH", True), ("self_dealing", "MEDIUM", False), ("wallet_abuse", "MEDIUM", False),
    ]  # fmt: skip
    assert data[0]["config"]["thresholds"] == {"window_days": 7, "percent": 50, "min_orders": 2}
    assert data[0]["limits"]["percent"] == {"default": 50, "min": 0, "max": 100}


def test_thresholds_are_changed_in_versions(api: APIClient) -> None:
    draft = api.post(CONFIG, {"thresholds": {"min_orders": 5}, "draft": True}, format="json").json()["data"]
    before = api.get(CONFIG).json()["data"]["thresholds"]["min_orders"]
    active = api.post(f"{CONFIG}/{draft['version']}/activate").json()["data"]

    assert (draft["status"], before, active["status"], active["author"]) == ("draft", 2, "active", "user-owner")
    assert api.get(CONFIG).json()["data"]["thresholds"] == {"window_days": 7, "percent": 50, "min_orders": 5}
    assert api.post(f"{CONFIG}/{draft['version']}/activate").json()["code"] == "FRAUD_CONFIG_NOT_A_DRAFT"


@pytest.mark.parametrize(
    "body",
    [
        {}, {"thresholds": {}}, {"thresholds": []}, {"thresholds": {"x": 1}}, {"thresholds": {"percent": 101}},
        {"thresholds": {"percent": "50"}}, {"thresholds": {"percent": True}},
        {"thresholds": {"percent": 5}, "draft": 1},
    ],
)  # fmt: skip
def test_bad_thresholds_are_a_400_and_change_nothing(api: APIClient, body: Any) -> None:
    before = FraudConfig.objects.count()

    assert api.post(CONFIG, body, format="json").status_code == 400
    assert FraudConfig.objects.count() == before
