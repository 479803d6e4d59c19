"""A missing sum: between which lines it is, what SePay said, and what a person does about it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from banking.authority import Right, has
from banking.console.acts import keep_refusal
from banking.console.pages import page, require_sight
from banking.continuity import incidents
from banking.models import Incident
from n2store.errors import DomainError
from n2store.refused import sentence
from n2store.roles import Caller, caller_of


def incident_view(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Show an incident with the lines around it and those that healed it."""
    require_sight(request)
    rows = Incident.objects.select_related("before", "after").prefetch_related("found")
    incident = get_object_or_404(rows, pk=incident_id)
    context = {
        "incident": incident,
        "missing_vnd": abs(incident.missing_vnd),
        "answer": incidents.answer_words(incident.last_answer) if incident.last_answer else "",
        "unresolved": incident.status in incidents.UNRESOLVED,
        "found": list(incident.found.all()),
    }
    return page(request, "incident/page", context, title=_("Missing transfer"), tab="incidents")


@require_POST
def ask_view(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Let SePay be asked again at once."""
    caller = _recoverer(request)
    try:
        incidents.ask_now(caller=caller, incident_id=incident_id)
    except DomainError as refused:
        return _refused(request, incident_id, refused)
    messages.success(request, _("SePay is asked within half a minute."))
    return _home(incident_id)


@require_POST
def ignore_view(request: HttpRequest, incident_id: int) -> HttpResponse:
    """Set the incident aside for good, with the reason."""
    caller = _recoverer(request)
    try:
        incidents.set_aside(caller=caller, incident_id=incident_id, note=request.POST.get("note", ""))
    except DomainError as refused:
        return _refused(request, incident_id, refused)
    messages.success(request, _("Set aside. Should the line come after all, it heals like any other."))
    return _home(incident_id)


def _recoverer(request: HttpRequest) -> Caller:
    require_sight(request)
    caller = caller_of(request.user)
    if not has(caller, Right.RECOVER):
        keep_refusal(request, None, code="PERMISSION_DENIED", detail="incident")
        raise PermissionDenied
    return caller


def _refused(request: HttpRequest, incident_id: int, refused: DomainError) -> HttpResponse:
    keep_refusal(request, None, code=refused.code, detail=str(refused))
    messages.error(request, sentence(refused))
    return _home(incident_id)


def _home(incident_id: int) -> HttpResponse:
    if not Incident.objects.filter(pk=incident_id).exists():
        return HttpResponseRedirect(reverse("admin:banking_incident_changelist"))
    return HttpResponseRedirect(reverse("admin:banking_incident_change", args=[incident_id]))
