"""The accountant's desk: what waits for approval, one by one or together, and what was decided today."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from banking import switches
from banking.authority import Right, has
from banking.console.acts import keep_refusal
from banking.console.pages import address_of, page, require_sight
from banking.console.waiting import Why, below, waiting
from banking.desk import review
from banking.models import BankSetting, BankTransfer, Direction, MatchMethod, Verification
from banking.search import transfers_saying
from n2store.clock import VIETNAM, vietnam_day
from n2store.counting import COUNTED_MAX
from n2store.errors import DomainError
from n2store.periods import day_of
from n2store.refused import sentence
from n2store.roles import caller_of
from n2store.templatetags.money import vnd

ROWS_PER_PAGE = 50
BULK_MAX = 200
SEARCH_LENGTH_MAX = 100
OVERDUE = timedelta(hours=24)
AUTOMATIC_WITHIN = timedelta(days=3)
DECIDED = (Verification.APPROVED, Verification.REJECTED, Verification.AUTO_APPROVED)


def review_view(request: HttpRequest) -> HttpResponse:
    """List what waits for the accountant, newest first."""
    require_sight(request)
    text = request.GET.get("q", "").strip()[:SEARCH_LENGTH_MAX].replace("\x00", "")
    method = request.GET.get("method", "")
    found = waiting(Why.REVIEW).select_related("customer")
    if text:
        found = found.filter(transfers_saying(text))
    if method in MatchMethod.values:
        found = found.filter(match_method=method)
    after = _after(request)
    rows = list(found.filter(below(after))[: ROWS_PER_PAGE + 1] if after else found[: ROWS_PER_PAGE + 1])
    overdue = timezone.now() - OVERDUE
    for row in rows:
        row.overdue = row.created_at < overdue  # type: ignore[attr-defined]  # for the template
    context = {
        "rows": rows[:ROWS_PER_PAGE],
        "older": rows[ROWS_PER_PAGE - 1].pk if len(rows) > ROWS_PER_PAGE else None,
        "paged": bool(after),
        "text": text,
        "methods": [(value, label, value == method) for value, label in MatchMethod.choices],
        "method": method if method in MatchMethod.values else "",
        "auto_approve": switches.auto_approve(),
        "switched": BankSetting.objects.filter(key=switches.AUTO_APPROVE).first(),
        "counted_max": COUNTED_MAX,
    }
    return page(request, "review/waiting", context, title=_("Waits for the accountant"), tab="review")


def _after(request: HttpRequest) -> BankTransfer | None:
    """Return the last row of the page before, whose number stands in the address."""
    after = request.GET.get("after", "")
    known = after.isascii() and after.isdigit() and len(after) <= 18
    return BankTransfer.objects.filter(pk=int(after)).first() if known else None


def decided_view(request: HttpRequest) -> HttpResponse:
    """List what was approved, rejected or credited automatically on a day, by default today, the newest first."""
    require_sight(request)
    today = vietnam_day(timezone.now())
    day = min(day_of(request.GET.get("day", "")) or today, today)
    text = request.GET.get("q", "").strip()[:SEARCH_LENGTH_MAX].replace("\x00", "")
    state = request.GET.get("state", "")
    decided = _decided_on(day)
    sums = {row["verification"]: row for row in _sums(decided)}
    shown = decided.filter(verification=state) if state in DECIDED else decided
    if text:
        shown = shown.filter(transfers_saying(text))
    states = [(value, Verification(value).label, sums.get(value), value == state) for value in DECIDED]
    context = {
        "rows": list(shown.select_related("customer").order_by("-verified_at", "-pk")[:ROWS_PER_PAGE]),
        "rows_max": ROWS_PER_PAGE,
        "states": states,
        "state": state if state in DECIDED else "",
        "text": text,
        "day": day,
        "today": today,
        "day_before": day - timedelta(days=1),
        "day_after": day + timedelta(days=1) if day < today else None,
    }
    return page(request, "review/decided", context, title=_("Decided"), tab="review")


def _decided_on(day: date) -> QuerySet[BankTransfer]:
    """Return what was decided on a day. The rules decide at once, so theirs are found among the lines of that day."""
    since = datetime.combine(day, time.min, tzinfo=VIETNAM)
    until = since + timedelta(days=1)
    by_people = Q(verification__in=[Verification.APPROVED, Verification.REJECTED])
    near = (since - AUTOMATIC_WITHIN, until + AUTOMATIC_WITHIN)
    by_rules = Q(verification=Verification.AUTO_APPROVED, transferred_at__range=near)
    decided = BankTransfer.objects.filter(by_people | by_rules, direction=Direction.IN)
    return decided.filter(verified_at__gte=since, verified_at__lt=until)


def _sums(decided: QuerySet[BankTransfer]) -> Any:
    return decided.values("verification").annotate(count=Count("pk"), sum=Sum("amount_vnd")).order_by()


@require_POST
def bulk_view(request: HttpRequest) -> HttpResponse:
    """Show what was ticked with its sum; approve it once that is confirmed."""
    require_sight(request)
    caller = caller_of(request.user)
    if not has(caller, Right.APPROVE):
        keep_refusal(request, None, code="PERMISSION_DENIED", detail="bulk_approve")
        raise PermissionDenied
    given = [number for number in request.POST.getlist("ids") if number.isascii() and number.isdigit()]
    ids = sorted({int(number) for number in given if len(number) <= 18})[:BULK_MAX]
    if not ids:
        messages.warning(request, _("Tick the transfers to approve first."))
        return HttpResponseRedirect(address_of("review"))
    if "confirm" not in request.POST:
        return _ask(request, ids)
    try:
        outcomes = review.bulk_approve(caller=caller, transfer_ids=ids)
    except DomainError as refused:
        keep_refusal(request, None, code=refused.code, detail=str(refused))
        messages.error(request, sentence(refused))
        return HttpResponseRedirect(address_of("review"))
    _tell(request, outcomes)
    return HttpResponseRedirect(address_of("review"))


def _ask(request: HttpRequest, ids: list[int]) -> HttpResponse:
    rows = list(waiting(Why.REVIEW).select_related("customer").filter(pk__in=ids))
    context = {"rows": rows, "sum_vnd": sum(row.amount_vnd for row in rows), "gone": len(ids) - len(rows)}
    return page(request, "review/bulk", context, title=_("Approve together"), tab="review")


def _tell(request: HttpRequest, outcomes: Any) -> None:
    well = [one for one in outcomes if one.approved]
    if well:
        told = ngettext(
            "%(count)s transfer was approved: %(sum)s.", "%(count)s transfers were approved: %(sum)s.", len(well)
        )
        messages.success(request, told % {"count": len(well), "sum": vnd(sum(one.amount_vnd for one in well))})
    failed = [one for one in outcomes if not one.approved]
    if failed:
        numbers = ", ".join(f"#{one.id}" for one in failed[:10])
        told = _("Not approved, because they were dealt with meanwhile or cannot be: %(numbers)s.")
        messages.warning(request, told % {"numbers": numbers})


@require_POST
def switch_view(request: HttpRequest) -> HttpResponse:
    """Turn automatic approval on or off."""
    require_sight(request)
    enabled = request.POST.get("enabled") == "1"
    caller = caller_of(request.user)
    if not has(caller, Right.SWITCH):
        keep_refusal(request, None, code="PERMISSION_DENIED", detail="auto_approve")
        raise PermissionDenied
    switches.set_auto_approve(caller=caller, enabled=enabled)
    if enabled:
        messages.success(request, _("Automatic approval is on: what the rules are sure of is credited at once."))
    else:
        messages.warning(request, _("Automatic approval is off: every transfer waits for the accountant."))
    return HttpResponseRedirect(address_of("review"))
