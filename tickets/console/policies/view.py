"""The pages of ticket policies: what each type earns and how long it may take, and the form that changes one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, When
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from n2store.counting import counted, told_count
from n2store.pages import drawn
from n2store.refused import keep, refusal_told
from n2store.roles import caller_of
from tickets.console.policies.told import effects
from tickets.models import RETURN_TYPES, CompensationKind, Policy, Ticket, TicketType
from tickets.policies import DAYS_MAX, MayNotSet, change_policy, may_set
from tickets.workflow import is_carried

AS_NAMED = Case(
    *(When(type=type, then=place) for place, type in enumerate(TicketType.values)), output_field=IntegerField()
)

OUT_OF_RANGE = gettext_lazy("A whole number of days, from 1 to 365.")


def _days_field(label: Any, **more: Any) -> forms.IntegerField:
    said = dict.fromkeys(("required", "invalid", "min_value", "max_value"), OUT_OF_RANGE)
    return forms.IntegerField(
        label=label, min_value=1, max_value=DAYS_MAX, show_hidden_initial=True, error_messages=said, **more
    )


class PolicyForm(forms.Form):
    """A type's policy: only the fields that play a part for it. What was shown is sent along, to know what changed."""

    compensation = forms.ChoiceField(
        label=gettext_lazy("What the customer gets"), choices=CompensationKind.choices, show_hidden_initial=True
    )
    automatic = forms.BooleanField(
        label=gettext_lazy("Given by itself when the ticket is completed"), required=False, show_hidden_initial=True
    )
    credit_days = _days_field(gettext_lazy("Virtual credit lives for how many days"))
    claim_days = _days_field(
        gettext_lazy("How many days the carrier has"),
        help_text=gettext_lazy("For deadlines that begin from now on; those that run stay as they are."),
    )
    overdue_days = _days_field(
        gettext_lazy("Late after how many days open"),
        required=False,
        help_text=gettext_lazy("Empty: never by its age alone."),
    )

    def __init__(self, *args: Any, type: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if type not in RETURN_TYPES:  # Nothing else says what its customer is owed.
            del self.fields["automatic"]
        if not is_carried(type):
            del self.fields["claim_days"]

    def clean(self) -> dict[str, Any]:
        """Refuse to give nothing by itself."""
        given = super().clean() or self.cleaned_data
        if given.get("automatic") and given.get("compensation") == CompensationKind.NONE:
            self.add_error("compensation", _("Choose what is given by itself, or take that tick away."))
        return given

    @property
    def changes(self) -> dict[str, Any]:
        """What was typed other than it was shown, so that two who change different fields both keep theirs."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


def overview(request: HttpRequest) -> HttpResponse:
    """List the policies of all types, each in words."""
    _require_sight(request)
    rows = [{"policy": policy, "says": effects(policy)} for policy in Policy.objects.order_by(AS_NAMED)]
    return _page(request, "overview", {"rows": rows}, title=_("Ticket policies"))


def policy_view(request: HttpRequest, type: str) -> HttpResponse:
    """Show a type's policy, with its form for who may change it; POST changes it."""
    _require_sight(request)
    policy = Policy.objects.filter(pk=type).first()
    if policy is None:
        raise Http404
    if request.method == "POST":
        return _save(request, policy)
    return _policy(request, policy, _form(policy) if may_set(caller_of(request.user)) else None)


def _save(request: HttpRequest, policy: Policy) -> HttpResponse:
    caller, subject = caller_of(request.user), f"ticket_policy:{policy.type}"
    if not may_set(caller):
        keep(request, subject, code=MayNotSet.code, detail="ticket policy")
        raise PermissionDenied
    form = _form(policy, request.POST)
    if not form.is_valid():
        return _policy(request, policy, form, status=400)
    with refusal_told(request, subject):
        if change_policy(caller=caller, type=policy.type, given=form.changes):
            messages.success(request, _("Saved. Tickets that are open follow it from now on."))
        else:
            messages.info(request, _("Nothing was changed."))
    return HttpResponseRedirect(reverse("admin:tickets_policy_change", args=[policy.type]))


def _form(policy: Policy, sent: Any = None) -> PolicyForm:
    initial = {name: getattr(policy, name) for name in PolicyForm.base_fields}
    return PolicyForm(sent, initial=initial, type=policy.type)


def _policy(request: HttpRequest, policy: Policy, form: PolicyForm | None, *, status: int = 200) -> HttpResponse:
    open_tickets = Ticket.objects.open().filter(type=policy.type)
    counts = counted(open=open_tickets, running=open_tickets.filter(carrier_deadline_at__isnull=False))
    context = {
        "policy": policy,
        "form": form,
        "says": effects(policy),
        "open": counts["open"],
        "open_told": told_count(counts["open"]),
        "running": counts["running"],
        "running_told": told_count(counts["running"]),
    }
    return _page(request, "policy", context, title=policy.get_type_display(), status=status)


def _require_sight(request: HttpRequest) -> None:
    if not request.user.has_perm("tickets.view_policy"):
        raise PermissionDenied


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, title: str, status: int = 200) -> HttpResponse:
    common = {"may_change": may_set(caller_of(request.user))}
    return drawn(request, f"tickets/policy/{name}.html", common | context, title=title, of=Policy, status=status)
