"""Deliveries that could not be taken: one of them, or all, is tried again by a person."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from banking import retrying
from banking.authority import Right, has
from banking.console.acts import keep_refusal
from banking.console.pages import require_sight
from n2store.errors import DomainError
from n2store.refused import sentence
from n2store.roles import Caller, caller_of


@require_POST
def retry_view(request: HttpRequest, failed_id: int) -> HttpResponse:
    """Try one delivery again."""
    caller = _recoverer(request)
    try:
        taken = retrying.retry(caller=caller, failed_id=failed_id, anew=True)
    except DomainError as refused:
        keep_refusal(request, None, code=refused.code, detail=str(refused))
        messages.error(request, sentence(refused))
    else:
        already = _("SePay had sent it again, and it was taken then.")
        messages.success(request, already if taken.duplicate else _("The delivery was taken."))
    return _home()


@require_POST
def retry_all_view(request: HttpRequest) -> HttpResponse:
    """Try all that wait; those given up are tried one by one."""
    caller = _recoverer(request)
    outcome = retrying.retry_all(caller=caller)
    told = ngettext("%(count)s delivery was taken.", "%(count)s deliveries were taken.", outcome.success)
    messages.success(request, told % {"count": outcome.success})
    if outcome.failed:
        messages.warning(request, _("%(count)s could not be taken; they wait on.") % {"count": outcome.failed})
    return _home()


def _recoverer(request: HttpRequest) -> Caller:
    require_sight(request)
    caller = caller_of(request.user)
    if not has(caller, Right.RECOVER):
        keep_refusal(request, None, code="PERMISSION_DENIED", detail="retry")
        raise PermissionDenied
    return caller


def _home() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:banking_faileddelivery_changelist"))
