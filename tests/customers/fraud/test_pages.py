"""The console of fraud cases: the lists, a case with its evidence, decisions with their effect, and the rules."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.fraud import rule_pages
from customers.fraud.config import active_thresholds, change_thresholds
from customers.fraud.forms import last_days
from customers.fraud.return_rate import RETURN_RATE
from customers.models import Customer, FraudCase, FraudConfig, FraudMute
from n2store.clock import vietnam_day
from n2store.models import AuditLog
from n2store.roles import Role
from tests.customers.fraud.test_cases import night, suspect
from tests.factories.orders import NOON
from tests.factories.staff import logged_in

PAGE = "/admin/customers/fraudcase/"
LIST_QUERIES = 7
CASE_QUERIES = 11
MAY = {Role.OWNER, Role.ACCOUNTANT}

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> FraudCase:
    suspect("gold")
    [case] = night()
    return case


def tier_of(case: FraudCase) -> str:
    return Customer.objects.get(pk=case.customer_id).tier


def tomorrow() -> str:
    return (vietnam_day(timezone.now()) + timedelta(days=1)).isoformat()


class TestLists:
    @pytest.mark.parametrize("count", [1, 3, 20])
    def test_the_open_ones_come_first_at_a_constant_cost(self, django_assert_num_queries, count):
        for n in range(count):
            suspect(phone=f"09120000{n:02}")
        night()
        client = logged_in(Role.VIEWER)

        with django_assert_num_queries(LIST_QUERIES):
            page = client.get(PAGE)

        content = page.content.decode()
        assert len(page.context["cl"].result_list) == count
        assert content.count("2 trên 2 đơn bị hoàn (100%)") == count
        assert page.context["lists"][0] == {
            "value": "open", "label": page.context["lists"][0]["label"], "here": True, "count": count,
        }  # fmt: skip

    def test_a_decided_one_is_in_its_own_list(self, case):
        client = logged_in(Role.OWNER)
        client.post(f"{PAGE}{case.pk}/overturn/", {"reason": "Hàng lỗi"})

        found = {
            state: len(client.get(f"{PAGE}?state={state}").context["cl"].result_list)
            for state in ("open", "overturned", "all", "x")
        }

        assert found == {"open": 0, "overturned": 1, "all": 1, "x": 0}

    def test_one_rule_only(self, case):
        client = logged_in(Role.VIEWER)

        found = [
            len(client.get(f"{PAGE}?rule={rule}").context["cl"].result_list) for rule in ("return_rate", "wallet_abuse")
        ]

        assert found == [1, 0]

    def test_open_cases_stand_in_the_menu(self, case):
        page = logged_in(Role.VIEWER).get(PAGE)

        assert page.wsgi_request.waits["customers_fraudcase"] == 1


class TestCase:
    def test_the_page_shows_evidence_thresholds_and_the_way_to_the_customer(self, case):
        page = logged_in(Role.VIEWER).get(f"{PAGE}{case.pk}/change/")

        content = page.content.decode()
        assert ("Đơn hàng", "2") in page.context["evidence"]
        assert f"/admin/customers/customer/{case.customer_id}/change/" in content
        assert page.context["forms"] == {}

    @pytest.mark.parametrize("count", [1, 5])
    def test_it_costs_the_same_for_any_number_of_other_cases(self, case, django_assert_num_queries, count):
        for n in range(count):
            made = FraudCase.objects.create(
                customer=case.customer, rule="self_dealing", config=case.config, severity="MEDIUM", flag="x",
                evidence={"pairs": 3, "in_vnd": 9, "out_vnd": 8}, hit_at=NOON, fact_at=NOON, status="overturned",
                decided_by="chu", decided_at=NOON,
            )  # fmt: skip
            FraudMute.objects.create(
                customer=made.customer, until=timezone.now() + timedelta(days=n + 1), reason="x", actor="chu"
            )
        client = logged_in(Role.OWNER)

        with django_assert_num_queries(CASE_QUERIES):
            page = client.get(f"{PAGE}{case.pk}/change/")

        assert (len(page.context["others"]), len(page.context["mutes"])) == (count, count)

    @pytest.mark.parametrize("role", Role)
    @pytest.mark.parametrize("decision", ["confirm", "overturn", "mute"])
    def test_owner_and_accountant_decide(self, case, role, decision):
        client = logged_in(role)
        offered = decision in client.get(f"{PAGE}{case.pk}/change/").context["forms"]

        client.post(f"{PAGE}{case.pk}/{decision}/", {"reason": "Đã gọi khách", "until": tomorrow()})

        case.refresh_from_db()
        assert (offered, case.status != "open") == ((role in MAY),) * 2
        assert AuditLog.objects.filter(outcome="refused").exists() == (role not in MAY)

    def test_overturning_says_and_gives_the_tier_of_before(self, case):
        client = logged_in(Role.ACCOUNTANT)
        before = client.get(f"{PAGE}{case.pk}/change/").content.decode()

        client.post(f"{PAGE}{case.pk}/overturn/", {"reason": "Hàng lỗi do xưởng"})

        case.refresh_from_db()
        assert "Khách trở lại hạng Vàng như trước" in before
        assert (case.status, case.decided_by, case.reason, tier_of(case)) == (
            "overturned", "staff-accountant", "Hàng lỗi do xưởng", "gold",
        )  # fmt: skip

    def test_a_confirmed_case_may_still_be_overturned(self, case):
        client = logged_in(Role.OWNER)
        client.post(f"{PAGE}{case.pk}/confirm/", {"reason": ""})
        offered = client.get(f"{PAGE}{case.pk}/change/").context["forms"]

        client.post(f"{PAGE}{case.pk}/overturn/", {"reason": "Nhầm"})

        assert (list(offered), tier_of(case)) == (["overturn"], "gold")

    def test_muting_lasts_until_a_day_and_gives_the_tier_back(self, case):
        logged_in(Role.OWNER).post(
            f"{PAGE}{case.pk}/mute/", {"reason": "Khách quen", "until": tomorrow(), "all_rules": "on"}
        )

        mute = FraudMute.objects.get()
        assert (mute.rule, mute.actor, vietnam_day(mute.until - timedelta(seconds=1)).isoformat()) == (
            "", "staff-owner", tomorrow(),
        )  # fmt: skip
        assert tier_of(case) == "gold"

    @pytest.mark.parametrize(
        ("decision", "sent", "status"),
        [
            ("overturn", {"reason": ""}, 400), ("overturn", {"reason": "x" * 501}, 400),
            ("mute", {"reason": "x", "until": ""}, 400), ("mute", {"reason": "x", "until": "32/13"}, 400),
            ("mute", {"reason": "x", "until": "2020-01-01"}, 302),
        ],
    )  # fmt: skip
    def test_what_cannot_stand_is_refused_and_nothing_is_decided(self, case, decision, sent, status):
        answer = logged_in(Role.OWNER).post(f"{PAGE}{case.pk}/{decision}/", sent)

        case.refresh_from_db()
        assert (answer.status_code, case.status, tier_of(case)) == (status, "open", "blacklist")

    def test_who_decides_second_reads_that_it_was_decided(self, case):
        first, second = logged_in(Role.OWNER), logged_in(Role.ACCOUNTANT)
        first.post(f"{PAGE}{case.pk}/confirm/", {"reason": "Đúng"})

        answer = second.post(f"{PAGE}{case.pk}/mute/", {"reason": "x", "until": tomorrow()}, follow=True)

        case.refresh_from_db()
        assert [message.level_tag for message in answer.context["messages"]] == ["error"]
        assert (case.status, case.decided_by) == ("confirmed", "staff-owner")

    def test_an_unknown_case_is_not_found_and_a_decision_is_posted(self, case):
        client = logged_in(Role.OWNER)

        assert client.get(f"{PAGE}999999/change/").status_code == 404
        assert client.post(f"{PAGE}999999/confirm/").status_code == 404
        assert client.post(f"{PAGE}{2**63}/confirm/").status_code == 404
        assert client.get(f"{PAGE}{case.pk}/confirm/").status_code == 405
        assert logged_in(None).get(PAGE).status_code == 403


class TestRules:
    @pytest.fixture
    def owner(self) -> Client:
        return logged_in(Role.OWNER)

    def draft(self, owner: Client, **thresholds: object) -> Any:
        sent = active_thresholds(RETURN_RATE).thresholds | thresholds
        return owner.post(f"{PAGE}rules/return_rate/draft/", sent, follow=True)

    def test_every_rule_is_listed_with_what_counts(self, case):
        page = logged_in(Role.VIEWER).get(f"{PAGE}rules/")

        told = {one["rule"].name: one["open"] for one in page.context["rules"]}
        assert told == {"return_rate": 1, "self_dealing": 0, "wallet_abuse": 0}

    def test_a_draft_is_tried_beside_what_counts_and_then_activated(self, owner):
        suspect("gold")  # Two orders, both sent back.

        tried = self.draft(owner, min_orders=3)
        found = [(result["config"].version, result["count"]) for result in tried.context["results"]]
        activated = owner.post(
            f"{PAGE}rules/return_rate/2/activate/", {"reason": "Hai đơn còn ít"}, follow=True
        ).content.decode()

        counts = active_thresholds(RETURN_RATE)
        assert found == [(2, 0), (1, 1)]
        assert (counts.version, counts.thresholds["min_orders"], counts.activated_by, counts.reason) == (
            2, 3, "staff-owner", "Hai đơn còn ít",
        )  # fmt: skip
        assert "Hai đơn còn ít" in activated
        assert FraudConfig.objects.get(rule="return_rate", version=1).status == "retired"
        assert not FraudCase.objects.exists()

    @pytest.mark.parametrize("thresholds", [{"percent": 101}, {"window_days": 0}, {"min_orders": "x"}])
    def test_thresholds_out_of_range_are_refused(self, owner, thresholds):
        refused = self.draft(owner, **thresholds)

        assert (refused.status_code, list(refused.context["form"].errors)) == (400, list(thresholds))
        assert FraudConfig.objects.filter(rule="return_rate").count() == 1

    @pytest.mark.parametrize(
        "days", ["first=2026-01-01&last=2026-04-03", "first=2026-01-02&last=2026-01-01", "first=x&last=2026-01-01"]
    )
    def test_too_many_days_or_none_are_refused(self, owner, days):
        page = owner.get(f"{PAGE}rules/return_rate/?{days}")

        assert (page.status_code, "results" in page.context) == (200, False)
        assert page.context["tried"].errors

    def test_a_try_that_takes_too_long_says_so(self, owner, monkeypatch):
        suspect()
        monkeypatch.setattr(rule_pages, "BACKTEST_TIMEOUT_MS", 500)
        monkeypatch.setattr(
            "customers.fraud.engine.FIRST_HITS", "SELECT 1, '', '', now(), pg_sleep(60)::text, 1 FROM ({statement}) hit"
        )

        page = owner.get(f"{PAGE}rules/return_rate/", last_days())

        assert page.context["too_long"] is True

    @pytest.mark.parametrize("role", Role)
    def test_everybody_looks_and_only_the_owner_changes(self, role):
        client, may = logged_in(role), role is Role.OWNER
        change_thresholds(RETURN_RATE, given={"percent": 60}, by="chu", activate=False)

        page = client.get(f"{PAGE}rules/return_rate/")
        drafted = self.draft(client, percent=70).status_code
        activated = client.post(f"{PAGE}rules/return_rate/2/activate/", {"reason": "x"}).status_code

        assert (page.status_code, page.context["may_change"]) == (200, may)
        assert (drafted, activated) == ((200, 302) if may else (403, 403))
        assert active_thresholds(RETURN_RATE).version == (2 if may else 1)

    @pytest.mark.parametrize("role", Role)
    def test_owner_and_accountant_try_thresholds(self, role):
        suspect()

        page = logged_in(role).get(f"{PAGE}rules/return_rate/", last_days())

        assert (page.status_code, "results" in page.context) == (200, role in MAY)

    def test_what_is_not_there_is_not_found(self, owner):
        assert owner.get(f"{PAGE}rules/nothing/").status_code == 404
        assert owner.post(f"{PAGE}rules/return_rate/9/activate/", {"reason": "x"}).status_code == 404
        assert owner.get(f"{PAGE}rules/return_rate/draft/").status_code == 405

    def test_an_active_version_is_not_activated_again(self, owner):
        answer = owner.post(f"{PAGE}rules/return_rate/1/activate/", {"reason": "x"}, follow=True)

        assert [message.level_tag for message in answer.context["messages"]] == ["error"]
