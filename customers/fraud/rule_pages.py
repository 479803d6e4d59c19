"""A rule's page: the thresholds that count, versions, drafts, and whom a draft would have hit."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.fraud import config as configs
from customers.fraud.engine import Hit, backtest
from customers.fraud.forms import BacktestForm, ReasonForm, ThresholdsForm, last_days
from customers.fraud.pages import may_decide, page, require_sight
from customers.fraud.rules import NoSuchRule, Rule, all_rules, rule_named
from customers.fraud.told import in_short, threshold_told
from customers.models import CaseStatus, ConfigStatus, FraudCase, FraudConfig
from n2store.clock import VIETNAM
from n2store.errors import DomainError
from n2store.refused import keep, sentence
from n2store.roles import Role, caller_of, roles_of

VERSIONS_SHOWN_MAX = 50
HITS_SHOWN_MAX = 50
BACKTEST_TIMEOUT_MS = 25_000


def rules_view(request: HttpRequest) -> HttpResponse:
    """List the rules with the thresholds that count, and how many open cases each has."""
    require_sight(request)
    active = {row.rule: row for row in FraudConfig.objects.filter(status=ConfigStatus.ACTIVE)}
    open_cases = list(FraudCase.objects.filter(status=CaseStatus.OPEN).values_list("rule", flat=True))
    rules = [
        {
            "rule": rule,
            "config": active[rule.name],
            "thresholds": _told(active[rule.name].thresholds),
            "open": open_cases.count(rule.name),
        }
        for rule in all_rules()
    ]
    return page(request, "rules", {"rules": rules}, title=_("Rules of suspicion"))


def rule_view(
    request: HttpRequest, rule: str, *, form: ThresholdsForm | None = None, activation: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """Show a rule: its versions, a form for a draft, and with `first` and `last` whom each would have hit."""
    require_sight(request)
    known = _rule_or_404(rule)
    versions = list(FraudConfig.objects.filter(rule=known.name).order_by("-version")[:VERSIONS_SHOWN_MAX])
    active = configs.active_thresholds(known)
    draft = next((row for row in versions if row.status == ConfigStatus.DRAFT), None)
    may_try = may_decide(caller_of(request.user))  # It takes seconds: for who decides.
    tried = BacktestForm(request.GET if may_try and "first" in request.GET else None, initial=last_days())
    context = {
        "rule": known,
        "active": active,
        "draft": draft,
        "versions": [(row, _told(row.thresholds)) for row in versions],
        "may_change": _may_change(request),
        "form": form or ThresholdsForm(rule=known, initial=(draft or active).thresholds),
        "activation": activation or ReasonForm(auto_id="n2-activate-%s"),
        "tried": tried,
        "may_try": may_try,
        **_tried(known, active, draft, tried),
    }
    return page(request, "rule", context, title=str(known.title), status=status)


@require_POST
def draft_view(request: HttpRequest, rule: str) -> HttpResponse:
    """Keep thresholds as a draft, which counts for nothing yet."""
    known = _rule_for(request, rule)
    form = ThresholdsForm(request.POST, rule=known)
    if not form.is_valid():
        return rule_view(request, rule, form=form, status=400)
    try:
        made = configs.change_thresholds(
            known, given=form.cleaned_data, by=caller_of(request.user).name, activate=False
        )
    except DomainError as refused:
        return _refuse(request, known, refused)
    messages.success(request, _("Draft v%(version)s was kept. Try it before it counts.") % {"version": made.version})
    days = last_days()
    return HttpResponseRedirect(f"{_at(known)}?first={days['first']}&last={days['last']}#n2-tried")


@require_POST
def activate_view(request: HttpRequest, rule: str, version: int) -> HttpResponse:
    """Let a draft count, with the reason."""
    known = _rule_for(request, rule)
    form = ReasonForm(request.POST, auto_id="n2-activate-%s")
    if not form.is_valid():
        return rule_view(request, rule, activation=form, status=400)
    try:
        configs.activate_thresholds(
            known, version=str(version), by=caller_of(request.user).name, reason=form.cleaned_data["reason"]
        )
    except DomainError as refused:
        return _refuse(request, known, refused)
    messages.success(request, _("v%(version)s counts from the next run on.") % {"version": version})
    return HttpResponseRedirect(_at(known))


def _tried(rule: Rule, active: FraudConfig, draft: FraudConfig | None, tried: BacktestForm) -> dict[str, Any]:
    """Return whom the active thresholds and the draft would have hit in the days asked for."""
    if not tried.is_bound or not tried.is_valid():
        return {}
    since = datetime.combine(tried.cleaned_data["first"], time.min, tzinfo=VIETNAM)
    ends = datetime.combine(tried.cleaned_data["last"], time.min, tzinfo=VIETNAM) + timedelta(days=1)
    until = max(min(ends, timezone.now()), since)
    shown = [active] if draft is None else [draft, active]
    try:
        found = [
            (config, backtest(rule, config, since=since, until=until, timeout_ms=BACKTEST_TIMEOUT_MS))
            for config in shown
        ]
    except OperationalError:
        return {"too_long": True}
    return {"results": [_result(config, hits) for config, hits in found]}


def _result(config: FraudConfig, hits: list[Hit]) -> dict[str, Any]:
    shown = [(hit, in_short(hit.evidence)) for hit in hits[:HITS_SHOWN_MAX]]
    return {"config": config, "count": len(hits), "hits": shown, "more": len(hits) - len(shown)}


def _told(thresholds: dict[str, int]) -> list[tuple[str, int]]:
    return [(threshold_told(name), value) for name, value in thresholds.items()]


def _rule_or_404(name: str) -> Rule:
    try:
        return rule_named(name)
    except NoSuchRule as error:
        raise Http404 from error


def _rule_for(request: HttpRequest, name: str) -> Rule:
    """Return a rule whose thresholds the reader may change: the owner."""
    require_sight(request)
    rule = _rule_or_404(name)
    if not _may_change(request):
        keep(request, f"fraud_config:{rule.name}", code="PERMISSION_DENIED", detail="fraud thresholds")
        raise PermissionDenied
    return rule


def _may_change(request: HttpRequest) -> bool:
    return Role.OWNER in roles_of(request.user)


def _refuse(request: HttpRequest, rule: Rule, refused: DomainError) -> HttpResponse:
    keep(request, f"fraud_config:{rule.name}", code=refused.code, detail=str(refused))
    if refused.status == 404:
        raise Http404 from refused
    messages.error(request, sentence(refused))
    return HttpResponseRedirect(_at(rule))


def _at(rule: Rule) -> str:
    return reverse("admin:customers_fraudcase_rule", args=[rule.name])
