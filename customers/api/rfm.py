"""`/api/v2/customers/<id or phone>/rfm` and `/api/v2/analytics/rfm/…`: scores, and the configuration behind them."""

from typing import Any

from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api.access import LooksOrWrites, name_of
from customers.api.inputs import body_of, plain_text, text_of
from customers.api.v1_customer import BODY, OBJECT
from customers.models import ConfigStatus, Metric, RfmBand, RfmConfig
from customers.queries import customer_by_id_or_phone
from customers.rfm import config as configs
from customers.rfm.analysis import analyze
from customers.rfm.bands import SCORES
from customers.rfm.scoring import recalculate, segment_counts
from n2store.roles import IsStaffMember, Role
from n2store.wire import instant

WINDOW_FIELDS = tuple(configs.WINDOWS)
BAND_FIELDS = ("metric_type", "score", "min_value", "max_value", "description")


class LooksOrOwns(LooksOrWrites):
    """Everybody on the staff looks; the owner decides how customers are judged."""

    writers = frozenset({Role.OWNER})


class LooksOrRecalculates(LooksOrWrites):
    """Owner and accountant have everybody judged afresh; it only does what the night would do."""

    writers = frozenset({Role.OWNER, Role.ACCOUNTANT})


class Rfm(APIView):
    """One customer's scores, the numbers behind them and what to do."""

    permission_classes = [IsStaffMember]

    @extend_schema(operation_id="v2_customer_rfm", responses=OBJECT)
    def get(self, request: Request, identifier: str) -> Response:
        """Return them as of now."""
        return Response({"success": True, "data": analyze(customer_by_id_or_phone(identifier))})


class Recalculate(APIView):
    """Everybody judged afresh."""

    permission_classes = [LooksOrRecalculates]

    @extend_schema(operation_id="v2_rfm_recalculate", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Do what the nightly job does, and say what changed; `updatedCount` counts scores that are new."""
        done = recalculate(by=name_of(request))
        data = {
            "updatedCount": done.scores,
            "movedCount": done.moved,
            "moves": [{"before": move.before, "after": move.after, "customers": move.customers} for move in done.moves],
            "segmentDistribution": segment_counts(),
            "config_version": done.config.version,
            "completedAt": instant(timezone.now()),
        }
        return Response({"success": True, "data": data})


class Config(APIView):
    """The bands and windows that count, and changes to them."""

    permission_classes = [LooksOrOwns]

    @extend_schema(operation_id="v2_rfm_config", parameters=[OpenApiParameter("version", str)], responses=OBJECT)
    def get(self, request: Request) -> Response:
        """Return the active version, or the one that `version` names."""
        return _shown(configs.config_named(plain_text(request, "version") or ConfigStatus.ACTIVE))

    @extend_schema(operation_id="v2_rfm_config_change", request=BODY, responses=OBJECT)
    def post(self, request: Request) -> Response:
        """Change one band, or the windows, in a new version; `draft` keeps it from counting at once."""
        body = body_of(request)
        draft = body.get("draft", False)
        if not isinstance(draft, bool):
            raise ValidationError({"draft": "must be true or false"})
        windows = {name: body[name] for name in WINDOW_FIELDS if name in body}
        given = {name for name in BAND_FIELDS if body.get(name) is not None}
        if windows and not given:
            made = configs.change_windows(windows=windows, by=name_of(request), activate=not draft)
        elif {"metric_type", "score"} <= given and not windows:
            made = configs.change_band(
                metric=body["metric_type"], score=body["score"], min_value=body.get("min_value"),
                max_value=body.get("max_value"), description=body.get("description"),
                by=name_of(request), activate=not draft,
            )  # fmt: skip
        else:
            raise ValidationError("metric_type and score are required")
        return _shown(made, message="RFM threshold updated successfully")


class Activate(APIView):
    """A draft that is to count."""

    permission_classes = [LooksOrOwns]

    @extend_schema(operation_id="v2_rfm_config_activate", request=BODY, responses=OBJECT)
    def post(self, request: Request, version: str) -> Response:
        """Let it count; the scores follow with the next recalculation."""
        reason = text_of(body_of(request), "reason")
        return _shown(configs.activate_config(version=version, by=name_of(request), reason=reason))


def _shown(config: RfmConfig, **more: Any) -> Response:
    bands = configs.bands_of(config)
    words = {(row.metric, row.score): row.description for row in RfmBand.objects.filter(config=config)}
    data = {
        metric: [
            {
                "score": score,
                "minValue": _edge(bands[metric].begins[score]),
                "maxValue": _edge(bands[metric].ends(score)),
                "description": words[metric, score],
                "isActive": config.status == ConfigStatus.ACTIVE,
            }
            for score in reversed(SCORES)
        ]
        for metric in Metric.values
    }
    about = {
        "version": config.version,
        "status": config.status,
        "author": config.author,
        "created_at": instant(config.created_at),
        "activated_at": instant(config.activated_at),
        "activated_by": config.activated_by or None,
        "reason": config.reason or None,
        "windows": {name: getattr(config, name) for name in WINDOW_FIELDS},
    }
    return Response({"success": True, "data": data, "config": about, **more})


def _edge(value: int | None) -> str | None:
    """Return the edge of a band as text, which is how the old server writes its `numeric` columns."""
    return None if value is None else str(value)


urlpatterns = [
    path("recalculate", Recalculate.as_view()),
    path("config", Config.as_view()),
    path("config/<str:version>/activate", Activate.as_view()),
]
