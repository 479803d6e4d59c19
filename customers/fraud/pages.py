"""A case's page: the evidence, what stands against the customer besides, and what a person makes of it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.fraud import cases
from customers.fraud.forms import ConfirmForm, MuteForm, ReasonForm
from customers.fraud.told import evidence_told, rule_told, threshold_told
from customers.models import CaseStatus, FraudCase, FraudMute, OrderStats, Tier
from n2store.errors import DomainError
from n2store.pages import drawn
from n2store.refused import keep, sentence
from n2store.roles import Caller, caller_of

OTHERS_SHOWN_MAX = 20
Decide = Callable[[Caller, FraudCase, dict[str, Any]], str]


def case_view(
    request: HttpRequest, id: int, *, refused_form: tuple[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    """Show a case. Forms are there for those who decide, as long as there is something to decide."""
    require_sight(request)
    case = _case_or_404(id)
    forms_shown = _forms(request, case)
    if refused_form and refused_form[0] in forms_shown:
        forms_shown[refused_form[0]] = refused_form[1]
    others = FraudCase.objects.filter(customer=case.customer_id).exclude(pk=case.pk).order_by("-id")
    mutes = FraudMute.objects.filter(customer=case.customer_id, until__gt=timezone.now()).order_by("-until")
    context = {
        "case": case,
        "rule": rule_told(case.rule),
        "evidence": evidence_told(case.evidence),
        "thresholds": [(threshold_told(name), value) for name, value in case.config.thresholds.items()],
        "stats": OrderStats.objects.filter(pk=case.customer_id).first(),
        "others": [(other, rule_told(other.rule)) for other in others[:OTHERS_SHOWN_MAX]],
        "mutes": [(mute, rule_told(mute.rule) if mute.rule else "") for mute in mutes[:OTHERS_SHOWN_MAX]],
        "forms": forms_shown,
        "effects": cases.effects(case) if forms_shown else None,
        "tiers": dict(Tier.choices),
    }
    return page(request, "case", context, title=_("Fraud case %(id)s") % {"id": case.pk}, status=status)


def _confirm(caller: Caller, case: FraudCase, given: dict[str, Any]) -> str:
    cases.confirm(caller=caller, case_id=case.pk, reason=given["reason"])
    return _("The case is confirmed.")


def _overturn(caller: Caller, case: FraudCase, given: dict[str, Any]) -> str:
    cases.overturn(caller=caller, case_id=case.pk, reason=given["reason"])
    return _("The case is overturned. The same facts are not held against the customer again.")


def _mute(caller: Caller, case: FraudCase, given: dict[str, Any]) -> str:
    cases.mute(
        caller=caller, case_id=case.pk, until=given["until"], reason=given["reason"], all_rules=given["all_rules"]
    )
    return _("The case is put aside until the end of that day.")


def _decision(name: str, form: type[forms.Form], decide: Decide) -> Callable[..., HttpResponse]:
    """Return the view of one decision: what it was, or why not, stands on the case's page."""

    @require_POST
    def view(request: HttpRequest, id: int) -> HttpResponse:
        require_sight(request)
        case, caller = _case_or_404(id), caller_of(request.user)
        subject = f"customer:{case.customer_id}"
        if not may_decide(caller):
            keep(request, subject, code="PERMISSION_DENIED", detail=f"fraud case {name}")
            raise PermissionDenied
        filled = form(request.POST)
        if not filled.is_valid():
            return case_view(request, id, refused_form=(name, filled), status=400)
        try:
            messages.success(request, decide(caller, case, filled.cleaned_data))
        except DomainError as refused:
            keep(request, subject, code=refused.code, detail=str(refused))
            messages.error(request, sentence(refused))
        return HttpResponseRedirect(reverse("admin:customers_fraudcase_change", args=[case.pk]))

    return view


confirm_view = _decision("confirm", ConfirmForm, _confirm)
overturn_view = _decision("overturn", ReasonForm, _overturn)
mute_view = _decision("mute", MuteForm, _mute)


def may_decide(caller: Caller) -> bool:
    """Tell whether the caller decides cases."""
    return bool(cases.DECIDERS & caller.roles)


def require_sight(request: HttpRequest) -> None:
    """Return if the reader may see cases.

    Raises:
        PermissionDenied: they may not.
    """
    if not request.user.has_perm("customers.view_fraudcase"):
        raise PermissionDenied


def page(request: HttpRequest, name: str, context: dict[str, Any], *, title: str, status: int = 200) -> HttpResponse:
    """Draw a page of this console."""
    return drawn(request, f"customers/fraud/{name}.html", context, title=title, of=FraudCase, status=status)


def _case_or_404(id: int) -> FraudCase:
    if id > 2**63 - 1:
        raise Http404
    return get_object_or_404(FraudCase.objects.select_related("customer", "config"), pk=id)


def _forms(request: HttpRequest, case: FraudCase) -> dict[str, forms.Form]:
    """Return what the reader may do: an open case is decided, a confirmed one may still be overturned."""
    if not may_decide(caller_of(request.user)):
        return {}
    made: dict[str, forms.Form] = {}
    if case.status == CaseStatus.OPEN:
        made["confirm"] = ConfirmForm(auto_id="n2-confirm-%s")
        made["mute"] = MuteForm(auto_id="n2-mute-%s")
    if not cases_over(case):
        made["overturn"] = ReasonForm(auto_id="n2-overturn-%s")
    return made


def cases_over(case: FraudCase) -> bool:
    """Tell whether nothing can be made of a case any more."""
    return case.status in (CaseStatus.OVERTURNED, CaseStatus.MUTED)
