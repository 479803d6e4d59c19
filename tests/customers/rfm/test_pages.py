"""The pages of the RFM configuration: what counts, drafts that are tried first, and versions that stay."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from customers.models import ConfigStatus, Customer, Metric, RfmConfig, RfmScore
from customers.rfm.bands import SCORES, SEED_DESCRIPTIONS
from customers.rfm.bands_told import TOLD, band_told
from customers.rfm.config import active_config, bands_of, begin_draft, change_band
from customers.rfm.forms import ascending
from customers.rfm.scoring import recalculate
from n2store.models import AuditLog
from n2store.roles import Role
from tests.factories.orders import NOON, order, taken
from tests.factories.staff import logged_in

PAGE = "/admin/customers/rfmconfig/"
OVERVIEW_QUERIES = 11

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Client:
    return logged_in(Role.OWNER)


def fields(config: RfmConfig, **changes: object) -> dict[str, object]:
    """Return the form of a draft as the browser sends it."""
    bands = bands_of(config)
    sent: dict[str, object] = {"frequency_days": 90, "monetary_days": "", "young_days": 30}
    for metric in Metric.values:
        for score in SCORES:
            sent[f"{metric}_{score}_said"] = f"điểm {score}"
            if score != ascending(metric)[0]:
                sent[f"{metric}_{score}"] = bands[metric].begins[score]
    return sent | changes


def customers(count: int) -> None:
    for n in range(count):
        taken(order(f"X{n}", phone=f"09120000{n:02}", total=3_000_000))
    Customer.objects.update(created_at=timezone.now() - timedelta(days=90))
    recalculate(by="test", at=NOON)


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_page_tells_bands_and_who_has_which_tier_at_a_constant_cost(owner, django_assert_num_queries, count):
    customers(count)

    with django_assert_num_queries(OVERVIEW_QUERIES):
        page = owner.get(PAGE)

    [tier] = page.context["tiers"]
    assert (tier.value, tier.told, tier.share) == (
        Customer.objects.values_list("tier", flat=True)[0],
        str(count),
        "100.00",
    )
    assert sum(int(bar.told) for bar in page.context["segments"]) == page.context["scored"] == count
    assert [row["min"] for row in page.context["metrics"][2]["rows"]] == [10_000_001, 5_000_000, 2_000_000, 500_000, 0]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("vi", ["Mua trong 7 ngày qua", "Hơn 10 đơn", "Khách sộp"]),
        ("en", ["Bought in the last 7 days", "More than 10 orders", "Khách sộp"]),
    ],
)
def test_the_seeds_bands_are_told_in_the_readers_language_and_peoples_in_their_own(owner, settings, language, told):
    change_band(metric="monetary", score=5, description="Khách sộp", by="lan")
    owner.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    page = owner.get(PAGE)

    assert [metric["rows"][0]["said"] for metric in page.context["metrics"]] == told


def test_every_description_of_the_seed_is_told_as_the_seed_says_it():
    with translation.override("vi"):
        assert {said: band_told(said) for said in TOLD} == {said: said for said in TOLD}
    assert sorted(TOLD) == sorted(said for scores in SEED_DESCRIPTIONS.values() for said in scores.values())


def test_a_draft_is_made_changed_tried_and_activated_with_its_reason(owner):
    customers(3)
    before = active_config()
    tiers = list(Customer.objects.order_by("pk").values_list("tier", flat=True))

    owner.post(f"{PAGE}begin/")
    draft = RfmConfig.objects.get(status=ConfigStatus.DRAFT)
    tried = owner.post(
        f"{PAGE}{draft.pk}/save/",
        fields(draft, frequency_2=1, frequency_3=2, frequency_4=3, frequency_5=4, monetary_5=2_500_000,
               monetary_4=2_000_000, monetary_3=1_000_000),
        follow=True,
    )  # fmt: skip
    unchanged = list(Customer.objects.order_by("pk").values_list("tier", flat=True))
    owner.post(f"{PAGE}{draft.pk}/activate/", {"reason": "Khách mua nhiều hơn trước"})

    draft.refresh_from_db()
    assert tried.context["moves"]["moved"] == 3
    assert [(row["before"], row["after"], row["customers"]) for row in tried.context["moves"]["rows"]] == [
        ("silver", "gold", 3)
    ]
    assert unchanged == tiers
    assert (draft.status, draft.activated_by, draft.reason) == ("active", "staff-owner", "Khách mua nhiều hơn trước")
    assert bands_of(draft)["monetary"].begins[5] == 2_500_000
    before.refresh_from_db()
    assert before.status == "retired"
    assert AuditLog.objects.filter(action="rfm.config.activate", detail="Khách mua nhiều hơn trước").exists()
    assert "Khách mua nhiều hơn trước" in owner.get(PAGE).content.decode()


def test_bands_that_overlap_are_refused_beside_their_field_and_nothing_is_kept(owner):
    draft = begin_draft(by="chu")

    refused = owner.post(f"{PAGE}{draft.pk}/save/", fields(draft, monetary_3=500_000, recency_2=10))

    assert refused.status_code == 400
    assert set(refused.context["form"].errors) == {"monetary_3", "recency_2"}
    assert "Phải lớn hơn 500000." in refused.content.decode()
    assert bands_of(draft) == bands_of(active_config())


@pytest.mark.parametrize(
    "changes", [{"monetary_5": "x"}, {"frequency_days": 0}, {"young_days": -1}, {"monetary_5": ""}]
)
def test_what_is_no_number_within_the_limits_is_refused(owner, changes):
    draft = begin_draft(by="chu")

    assert owner.post(f"{PAGE}{draft.pk}/save/", fields(draft, **changes)).status_code == 400
    assert bands_of(draft) == bands_of(active_config())


def test_a_draft_is_not_activated_without_a_reason(owner):
    draft = begin_draft(by="chu")

    refused = owner.post(f"{PAGE}{draft.pk}/activate/", {"reason": " "})

    draft.refresh_from_db()
    assert (refused.status_code, draft.status) == (400, "draft")


def test_what_counted_once_is_not_changed_any_more(owner):
    active = active_config()

    page = owner.get(f"{PAGE}{active.pk}/change/").content.decode()
    saved = owner.post(f"{PAGE}{active.pk}/save/", fields(active, monetary_5=20_000_000), follow=True)
    again = owner.post(f"{PAGE}{active.pk}/activate/", {"reason": "x"}, follow=True)

    assert "/save/" not in page
    assert [message.level_tag for answer in (saved, again) for message in answer.context["messages"]] == ["error"] * 2
    assert bands_of(active_config())["monetary"].begins[5] == 10_000_001


@pytest.mark.parametrize("role", Role)
def test_everybody_looks_and_only_the_owner_changes(role):
    client, draft = logged_in(role), begin_draft(by="chu")
    may = role is Role.OWNER

    shown = client.get(f"{PAGE}{draft.pk}/change/?preview=1")
    begun = client.post(f"{PAGE}begin/").status_code
    saved = client.post(f"{PAGE}{draft.pk}/save/", fields(draft)).status_code
    activated = client.post(f"{PAGE}{draft.pk}/activate/", {"reason": "x"}).status_code

    assert shown.status_code == client.get(PAGE).status_code == 200
    assert (shown.context["form"] is not None, shown.context["moves"] is not None) == (may, may)
    assert (begun, saved, activated) == ((302,) * 3 if may else (403,) * 3)
    assert AuditLog.objects.filter(outcome="refused").count() == (0 if may else 3)


def test_somebody_without_a_role_sees_nothing():
    assert logged_in(None).get(PAGE).status_code == 403
    assert logged_in(None, superuser=True).get(f"{PAGE}99999/change/").status_code == 404


def test_the_scores_on_the_page_are_those_of_the_table(owner):
    customers(2)

    scores: list[Any] = owner.get(PAGE).context["scores"]

    counted = {score: counts.get("monetary", 0) for score, counts in scores}
    assert counted == {score: RfmScore.objects.filter(monetary=score).count() for score in SCORES}
