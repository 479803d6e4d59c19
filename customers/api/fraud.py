"""`/api/v2/fraud/…`: the review of cases, and the thresholds of the rules."""

from datetime import date
from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api.access import LooksOrWrites, name_of
from customers.api.inputs import body_of, kinds_of, plain_text, text_of
from customers.api.rfm import LooksOrOwns
from customers.api.v1_customer import BODY, OBJECT, PAGING
from customers.fraud import cases, config
from customers.fraud.rules import all_rules, rule_named
from customers.models import CaseStatus, ConfigStatus, FraudCase, FraudConfig
from customers.queries import customer_by_id_or_phone
from n2store.roles import IsStaffMember, caller_of
from n2store.windows import COUNTED_MAX, window_of
from n2store.wire import instant

PER_PAGE = 50
PER_PAGE_MAX = 200


class Decides(LooksOrWrites):
    """Owner and accountant decide cases."""

    writers = cases.DECIDERS


class Cases(APIView):
    """Cases, newest first."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v2_fraud_cases",
        parameters=[
            *PAGING,
            OpenApiParameter("status", str, enum=CaseStatus.values),
            OpenApiParameter("rule", str),
            OpenApiParameter("customer", str, description="A phone or our id."),
        ],
        responses=OBJECT,
    )
    def get(self, request: Request) -> Response:
        """Return one page."""
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(int,))
        wanted = FraudCase.objects.select_related("customer", "config").order_by("-id")
        if statuses := kinds_of(request, "status", CaseStatus.values):
            wanted = wanted.filter(status__in=statuses)
        if rules := kinds_of(request, "rule", [rule.name for rule in all_rules()]):
            wanted = wanted.filter(rule__in=rules)
        if identifier := plain_text(request, "customer"):
            wanted = wanted.filter(customer=customer_by_id_or_phone(identifier))
        total = wanted[: COUNTED_MAX + 1].count()
        shown = wanted.filter(pk__lt=window.after[0]) if window.after else wanted
        rows = list(shown[window.offset : window.offset + window.limit])
        last = [rows[-1].pk] if rows else None
        block = window.block(total=total, estimated=total > COUNTED_MAX, rows=len(rows), last=last)
        return Response({"success": True, "data": [case_fields(row) for row in rows], "pagination": block})


class Case(APIView):
    """One case with its evidence."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_fraud_case", responses=OBJECT)
    def get(self, request: Request, case_id: int) -> Response:
        """Return it."""
        case = FraudCase.objects.select_related("customer", "config").filter(pk=case_id).first()
        if case is None:
            raise cases.CaseNotFound("There is no such case")
        return _shown(case)


class Confirm(APIView):
    """It is true."""

    permission_classes = [Decides]

    @extend_schema(operation_id="v2_fraud_confirm", request=BODY, responses=OBJECT)
    def post(self, request: Request, case_id: int) -> Response:
        """Confirm; the customer is blacklisted where the rule is for it."""
        reason = text_of(body_of(request), "reason")
        return _shown(cases.confirm(caller=caller_of(request.user), case_id=case_id, reason=reason))


class Overturn(APIView):
    """There is nothing in it."""

    permission_classes = [Decides]

    @extend_schema(operation_id="v2_fraud_overturn", request=BODY, responses=OBJECT)
    def post(self, request: Request, case_id: int) -> Response:
        """Overturn; the customer has the tier of before again."""
        reason = text_of(body_of(request), "reason")
        return _shown(cases.overturn(caller=caller_of(request.user), case_id=case_id, reason=reason))


class Mute(APIView):
    """Not to be heard of for a while."""

    permission_classes = [Decides]

    @extend_schema(operation_id="v2_fraud_mute", request=BODY, responses=OBJECT)
    def post(self, request: Request, case_id: int) -> Response:
        """Mute the rule, or with `all_rules` every rule, on this customer until the end of a day."""
        body = body_of(request)
        every_rule = body.get("all_rules", False)
        if not isinstance(every_rule, bool):
            raise ValidationError({"all_rules": "must be true or false"})
        try:
            until = date.fromisoformat(text_of(body, "until"))
        except ValueError as error:
            raise ValidationError({"until": "must be a day such as 2026-01-31"}) from error
        return _shown(
            cases.mute(
                caller=caller_of(request.user), case_id=case_id, until=until, reason=text_of(body, "reason"),
                all_rules=every_rule,
            )
        )  # fmt: skip


class Rules(APIView):
    """The rules, and the thresholds that count."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_fraud_rules", responses=OBJECT)
    def get(self, request: Request) -> Response:
        """Return them all."""
        active = {row.rule: row for row in FraudConfig.objects.filter(status=ConfigStatus.ACTIVE)}
        data = [
            {
                "rule": rule.name,
                "title": str(rule.title),
                "flag": rule.flag,
                "severity": rule.severity,
                "blacklists": rule.blacklists,
                "limits": {
                    name: {"default": one.default, "min": one.least, "max": one.most}
                    for name, one in rule.thresholds.items()
                },
                "config": config_fields(active[rule.name]),
            }
            for rule in all_rules()
        ]
        return Response({"success": True, "data": data})


class Thresholds(APIView):
    """A rule's thresholds."""

    permission_classes = [LooksOrOwns]

    @extend_schema(operation_id="v2_fraud_config", parameters=[OpenApiParameter("version", str)], responses=OBJECT)
    def get(self, request: Request, rule: str) -> Response:
        """Return the active version, or the one that `version` names."""
        found = config.thresholds_named(rule_named(rule), plain_text(request, "version") or ConfigStatus.ACTIVE)
        return Response({"success": True, "data": config_fields(found)})

    @extend_schema(operation_id="v2_fraud_config_change", request=BODY, responses=OBJECT)
    def post(self, request: Request, rule: str) -> Response:
        """Change some of them in a new version; `draft` keeps it from counting at once."""
        body = body_of(request)
        draft, given = body.get("draft", False), body.get("thresholds")
        if not isinstance(draft, bool) or not isinstance(given, dict):
            raise ValidationError("thresholds must be an object, and draft true or false")
        made = config.change_thresholds(rule_named(rule), given=given, by=name_of(request), activate=not draft)
        return Response({"success": True, "data": config_fields(made)})


class Activate(APIView):
    """A draft that is to count."""

    permission_classes = [LooksOrOwns]

    @extend_schema(operation_id="v2_fraud_config_activate", request=BODY, responses=OBJECT)
    def post(self, request: Request, rule: str, version: str) -> Response:
        """Let it count from the next run on."""
        reason = text_of(body_of(request), "reason")
        made = config.activate_thresholds(rule_named(rule), version=version, by=name_of(request), reason=reason)
        return Response({"success": True, "data": config_fields(made)})


def _shown(case: FraudCase) -> Response:
    return Response({"success": True, "data": case_fields(case)})


def case_fields(case: FraudCase) -> dict[str, Any]:
    """Return a case under its names on the wire."""
    return {
        "id": case.pk,
        "customer_id": case.customer_id,
        "phone": case.customer.phone,
        "customer_name": case.customer.name,
        "tier": case.customer.tier,
        "rule": case.rule,
        "flag": case.flag,
        "severity": case.severity,
        "status": case.status,
        "evidence": case.evidence,
        "config_version": case.config.version,
        "hit_at": instant(case.hit_at),
        "fact_at": instant(case.fact_at),
        "tier_before": case.tier_before or None,
        "reason": case.reason or None,
        "decided_by": case.decided_by or None,
        "decided_at": instant(case.decided_at),
        "created_at": instant(case.created_at),
    }


def config_fields(row: FraudConfig) -> dict[str, Any]:
    """Return a version of thresholds under its names on the wire."""
    return {
        "rule": row.rule,
        "version": row.version,
        "status": row.status,
        "thresholds": row.thresholds,
        "author": row.author,
        "created_at": instant(row.created_at),
        "activated_at": instant(row.activated_at),
        "activated_by": row.activated_by or None,
        "reason": row.reason or None,
    }


urlpatterns = [
    path("cases", Cases.as_view()),
    path("cases/<int:case_id>", Case.as_view()),
    path("cases/<int:case_id>/confirm", Confirm.as_view()),
    path("cases/<int:case_id>/overturn", Overturn.as_view()),
    path("cases/<int:case_id>/mute", Mute.as_view()),
    path("rules", Rules.as_view()),
    path("rules/<str:rule>/config", Thresholds.as_view()),
    path("rules/<str:rule>/config/<str:version>/activate", Activate.as_view()),
]
