"""Scores and their configuration over the API."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from customers.models import Customer, RfmConfig, TierChange
from customers.rfm.advice import ADVICE, said
from customers.rfm.config import active_config
from n2store.models import AuditLog
from n2store.roles import Role
from tests.customers.rfm.test_scoring import PHONE, loyal
from tests.factories.orders import order, taken

CONFIG = "/api/v2/analytics/rfm/config"
RECALCULATE = "/api/v2/analytics/rfm/recalculate"
pytestmark = pytest.mark.django_db


def test_the_analysis_names_scores_bands_and_numbers(api: APIClient) -> None:
    """W4: the old endpoint always answered 500."""
    customer = loyal()

    data = api.get(f"/api/v2/customers/{PHONE}/rfm").json()["data"]

    assert data | {"last_tier_change": None} == {
        "customer_id": customer.pk, "customer_name": "Chị Hoa", "customer_phone": PHONE,
        "days_since_order": data["days_since_order"], "total_orders": 12, "total_spent": 12_000_000,
        "recency_score": data["recency_score"], "recency_description": data["recency_description"],
        "frequency_score": 5, "frequency_description": "Hơn 10 đơn", "monetary_score": 5,
        "monetary_description": "Hơn 10 triệu", "total_score": 10 + data["recency_score"],
        "score": round((10 + data["recency_score"]) / 3, 2), "segment": data["segment"],
        "recommendations": list(ADVICE[data["segment"]]), "recommendation_texts": data["recommendation_texts"],
        "orders_in_window": 12, "spent_in_window": 12_000_000,
        "windows": {"frequency_days": 90, "monetary_days": None, "young_days": 30},
        "bands": {"recency": data["bands"]["recency"], "frequency": {"score": 5, "min": 11, "max": None},
                  "monetary": {"score": 5, "min": 10_000_001, "max": None}},
        "config_version": 1, "tier": "new", "tier_by_score": data["tier_by_score"], "tier_cause": "score",
        "last_tier_change": None,
    }  # fmt: skip
    assert len(data["recommendation_texts"]) == 2


def test_advice_is_said_with_diacritics_and_kept_without() -> None:
    assert {segment: len(said(segment)) for segment in ADVICE} == {segment: len(ADVICE[segment]) for segment in ADVICE}
    assert said("Champion")[0] == "Thưởng VIP cho khách hàng tốt nhất."
    assert said("Other") == ["Theo dõi và phân tích thêm."]


def test_somebody_without_orders_is_analyzed_too(api: APIClient, hoa: Customer) -> None:
    data = api.get(f"/api/v2/customers/{hoa.pk}/rfm").json()["data"]

    assert (data["total_score"], data["days_since_order"], data["segment"], data["tier_cause"]) == (
        3, None, "Lost", "young",
    )  # fmt: skip
    assert api.get("/api/v2/customers/999999/rfm").status_code == 404


def test_the_seeds_configuration_is_there_with_its_edges_as_texts(api: APIClient) -> None:
    body = api.get(CONFIG).json()

    assert list(body["data"]) == ["recency", "frequency", "monetary"]
    assert [(band["score"], band["minValue"], band["maxValue"]) for band in body["data"]["monetary"]] == [
        (5, "10000001", None), (4, "5000000", "10000000"), (3, "2000000", "4999999"), (2, "500000", "1999999"),
        (1, "0", "499999"),
    ]  # fmt: skip
    assert body["data"]["recency"][0] == {
        "score": 5, "minValue": "0", "maxValue": "7", "description": "Mua trong 7 ngày qua", "isActive": True,
    }  # fmt: skip
    assert body["config"]["windows"] == {"frequency_days": 90, "monetary_days": None, "young_days": 30}


def test_a_changed_band_counts_at_once_as_a_new_version(api: APIClient) -> None:
    """Acceptance check 9: thresholds are changed without a deploy."""
    taken(order(total=400_000))
    Customer.objects.update(created_at="2025-01-01T00:00Z")
    api.post(RECALCULATE)
    before = Customer.objects.get().rfm.monetary

    answer = api.post(CONFIG, {"metric_type": "monetary", "score": 2, "min_value": "300000"}, format="json")
    api.post(RECALCULATE)

    assert answer.json()["message"] == "RFM threshold updated successfully"
    assert answer.json()["config"]["version"] == 2
    assert (before, Customer.objects.get().rfm.monetary) == (1, 2)
    assert [config.status for config in RfmConfig.objects.order_by("version")] == ["retired", "active"]
    assert api.get(f"{CONFIG}?version=1").json()["data"]["monetary"][3]["minValue"] == "500000"
    words = answer.json()["data"]["monetary"][3]
    assert (words["maxValue"], words["description"]) == ("1999999", "500 nghìn đến dưới 2 triệu")
    assert AuditLog.objects.filter(action="rfm.config.activate").exists()


def test_what_is_read_can_be_written_back(api: APIClient) -> None:
    band = api.get(CONFIG).json()["data"]["monetary"][2]

    body = {"metric_type": "monetary", "score": 3, "min_value": band["minValue"], "max_value": band["maxValue"]}
    answer = api.post(CONFIG, body, format="json")

    assert (answer.status_code, answer.json()["data"]["monetary"][2]) == (200, band)


def test_a_draft_counts_once_it_is_activated(api: APIClient) -> None:
    made = api.post(CONFIG, {"frequency_days": 60, "draft": True}, format="json").json()["config"]
    counted = active_config().version
    activated = api.post(f"{CONFIG}/{made['version']}/activate", {"reason": "Tết"}, format="json").json()["config"]
    again = api.post(f"{CONFIG}/{made['version']}/activate")

    assert (made["status"], counted, activated["status"], activated["reason"]) == ("draft", 1, "active", "Tết")
    assert (active_config().frequency_days, again.status_code, again.json()["code"]) == (
        60, 409, "RFM_CONFIG_NOT_A_DRAFT",
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {}, {"metric_type": "recency"}, {"score": 3}, {"metric_type": "mood", "score": 3, "min_value": 1}, [],
        {"metric_type": "recency", "score": 6, "min_value": 1},
        {"metric_type": "recency", "score": True, "min_value": 1},
        {"metric_type": "recency", "score": "x", "min_value": 1}, {"metric_type": ["recency"], "score": 3},
        {"metric_type": "monetary", "score": 3, "min_value": "x"},
        {"metric_type": "monetary", "score": 3, "max_value": -5},
        {"metric_type": "monetary", "score": 3, "min_value": 0},
        {"metric_type": "monetary", "score": 2, "description": 5},
        {"frequency_days": 0}, {"frequency_days": None}, {"young_days": "x"}, {"monetary_days": 10**9},
        {"metric_type": "monetary", "score": 3, "min_value": 1_900_000, "draft": "yes"},
        {"frequency_days": 30, "metric_type": "monetary", "score": 3},
    ],
)  # fmt: skip
def test_a_bad_band_or_window_is_a_400_and_changes_nothing(api: APIClient, body: Any) -> None:
    answer = api.post(CONFIG, body, format="json")

    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert RfmConfig.objects.count() == 1


@pytest.mark.parametrize("path", [f"{CONFIG}?version=9", f"{CONFIG}?version=x", f"{CONFIG}?version=draft"])
def test_a_version_that_is_not_there_is_a_404(api: APIClient, path: str) -> None:
    assert (api.get(path).status_code, api.get(path).json()["code"]) == (404, "RFM_CONFIG_NOT_FOUND")


@pytest.mark.parametrize("role", [Role.CUSTOMER_CARE, Role.WAREHOUSE, Role.VIEWER, Role.ACCOUNTANT])
def test_only_the_owner_decides_how_customers_are_judged(as_role: Any, role: Role) -> None:
    caller = as_role(role)

    assert caller.post(CONFIG, {"frequency_days": 60}, format="json").status_code == 403
    assert caller.post(f"{CONFIG}/1/activate").status_code == 403
    assert caller.post(RECALCULATE).status_code == (200 if role == Role.ACCOUNTANT else 403)
    assert caller.get(CONFIG).status_code == 200


def test_a_recalculation_answers_what_it_did(api: APIClient) -> None:
    loyal()
    Customer.objects.update(tier="silver")
    TierChange.objects.all().delete()

    data = api.post(RECALCULATE).json()["data"]

    assert data["updatedCount"] >= 0
    assert (data["movedCount"], data["moves"][0]["before"]) == (1, "silver")
    assert sum(data["segmentDistribution"].values()) == 1


@pytest.mark.parametrize(("segment", "count"), [("Lost", 1), ("Champion", 0)])
def test_customers_are_listed_by_segment(api: APIClient, segment: str, count: int) -> None:
    taken(order(status="returned"))

    assert len(api.get(f"/api/v2/customers?segment={segment}").json()["data"]) == count
    assert api.get("/api/v2/customers?segment=x").status_code == 400
