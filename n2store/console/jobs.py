"""The page of jobs: when each ran last and is due, what it did, and having it run now or dry."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from n2store.asking import ask, may_run
from n2store.console.jobs_told import numbers_told, purpose_of, rhythm, title_of
from n2store.console.no_dry_run import why_none
from n2store.models import JobAsked, JobRun
from n2store.pages import drawn
from n2store.refused import refusal_told
from n2store.rehearsing import rehearsal_of
from n2store.roles import caller_of
from n2store.timetable import Entry, State, timetable

RUNS_SHOWN_MAX = 20
ASKED_SHOWN_MAX = 5
LOOK_AGAIN_S = 2
STATES = {
    State.OK: gettext_lazy("On time"),
    State.RUNNING: gettext_lazy("Running"),
    State.FAILED: gettext_lazy("Failed"),
    State.LATE: gettext_lazy("Late"),
    State.MISSING: gettext_lazy("Has never run"),
    State.OFF: gettext_lazy("Switched off"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One job as the page shows it."""

    name: str
    title: str
    purpose: str
    rhythm: str
    state: str
    state_told: str
    last_at: datetime | None
    due_at: datetime | None
    run: JobRun | None
    took_s: float | None
    has_dry_run: bool
    why_no_dry_run: str

    @property
    def is_alarm(self) -> bool:
        """Whether somebody should look."""
        return self.state in (State.LATE, State.MISSING, State.FAILED)


def jobs_view(request: HttpRequest) -> HttpResponse:
    """List every job of the timetable, those that somebody should look at first."""
    _require_sight(request)
    lines = sorted(map(_line, timetable()), key=lambda line: (not line.is_alarm, line.title))
    context = {"lines": lines, "alarms": sum(line.is_alarm for line in lines)}
    return _page(request, "list", context, title=_("Jobs"))


def job_view(request: HttpRequest, job: str) -> HttpResponse:
    """Show one job: its last runs, and what people asked of it."""
    _require_sight(request)
    line = _line_or_404(job)
    asked = list(JobAsked.objects.filter(job=job).select_related("run").order_by("-id")[:ASKED_SHOWN_MAX])
    context = {
        "line": line,
        "runs": [(run, _took(run)) for run in JobRun.objects.filter(job=job).order_by("-started_at")[:RUNS_SHOWN_MAX]],
        "asked": [(one, numbers_told(one.result)) for one in asked],
        "waits": any(one.ended_at is None for one in asked),
    }
    answer = _page(request, "job", context, title=line.title)
    if context["waits"]:
        answer["Refresh"] = str(LOOK_AGAIN_S)
    return answer


def run_view(request: HttpRequest, job: str) -> HttpResponse:
    """Ask whether the job is to run now, and have it run."""
    _require_sight(request)
    line = _line_or_404(job)
    if request.method == "POST":
        return _ask(request, job, dry=False, said=_("The job was handed to the workers."))
    if not may_run(caller_of(request.user)):
        raise PermissionDenied
    return _page(request, "run", {"line": line}, title=_("Run now: %(job)s") % {"job": line.title})


@require_POST
def dry_run_view(request: HttpRequest, job: str) -> HttpResponse:
    """Have the workers say what the job would do."""
    _require_sight(request)
    return _ask(request, job, dry=True, said=_("The workers look what the job would do. Nothing is changed."))


def _ask(request: HttpRequest, job: str, *, dry: bool, said: str) -> HttpResponse:
    with refusal_told(request, f"job:{job[:80]}", pages=(403, 404)):
        ask(caller=caller_of(request.user), job=job, dry=dry)
        messages.success(request, said)
    return HttpResponseRedirect(reverse("admin:n2store_jobrun_job", args=[job]))


def _line(entry: Entry) -> Line:
    has_dry_run = rehearsal_of(entry.name) is not None
    return Line(
        name=entry.name, title=title_of(entry.name), purpose=purpose_of(entry.name), rhythm=rhythm(entry.schedule),
        state=entry.state, state_told=str(STATES[entry.state]), last_at=entry.last_at, due_at=entry.due_at,
        run=entry.last, took_s=_took(entry.last), has_dry_run=has_dry_run,
        why_no_dry_run="" if has_dry_run else why_none(entry.name),
    )  # fmt: skip


def _line_or_404(job: str) -> Line:
    entry = next((entry for entry in timetable() if entry.name == job), None)
    if entry is None:
        raise Http404
    return _line(entry)


def _took(run: JobRun | None) -> float | None:
    return (run.ended_at - run.started_at).total_seconds() if run and run.ended_at else None


def _require_sight(request: HttpRequest) -> None:
    if not request.user.has_perm("n2store.view_jobrun"):
        raise PermissionDenied


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, title: str) -> HttpResponse:
    common = {"may_run": may_run(caller_of(request.user))}
    return drawn(request, f"n2store/jobs/{name}.html", common | context, title=title, of=JobRun)
