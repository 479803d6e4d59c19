"""The house's own books, and the screens of libraries drawn like ours: logins, roles, tokens, the timetable."""

# ruff: noqa: D102 -- a column's docstring is its description

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django_celery_beat.admin import (
    ClockedScheduleAdmin,
    CrontabScheduleAdmin,
    PeriodicTaskAdmin,
    PeriodicTaskForm,
    TaskSelectWidget,
)
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from knox.models import AuthToken
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from n2store.actions import action_told
from n2store.console import jobs
from n2store.console.jobs_told import title_of
from n2store.messages import message_of
from n2store.models import AuditLog, Event, JobRun
from n2store.screens import ReadOnlyScreen, badge
from n2store.templatetags.money import moment

admin.site.index_title = _("Overview")
for _model in (
    User, Group, AuthToken, PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule,
):  # fmt: skip
    admin.site.unregister(_model)


def _document(value: Any) -> SafeString:
    return format_html('<pre class="n2-document">{}</pre>', json.dumps(value, ensure_ascii=False, indent=2))


@admin.register(Event)
class EventAdmin(ReadOnlyScreen):
    """What was announced, in the order of delivery."""

    list_display = ["created_at", "position", "name", "heard_by"]
    list_display_links = ["created_at"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    fields = ["name", "position", "created_at", "heard_by", "said"]

    @admin.display(description=_("heard by"))
    def heard_by(self, row: Event) -> str:
        return ", ".join(row.topics)

    @admin.display(description=_("content"))
    def said(self, row: Event) -> SafeString:
        return _document(row.payload)


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyScreen):
    """The diary of scheduled jobs."""

    list_display = ["started_at", "called", "outcome", "took", "examined", "changed", "skipped", "asked_by"]
    list_display_links = ["started_at"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    fields = ["job", "started_at", "ended_at", "examined", "changed", "skipped", "error", "asked_by"]

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("jobs/", guarded(jobs.jobs_view), name="n2store_jobrun_jobs"),
            path("jobs/<path:job>/run/", guarded(jobs.run_view), name="n2store_jobrun_run"),
            path("jobs/<path:job>/dry-run/", guarded(jobs.dry_run_view), name="n2store_jobrun_dry_run"),
            path("jobs/<path:job>/", guarded(jobs.job_view), name="n2store_jobrun_job"),
            *super().get_urls(),
        ]

    @admin.display(description=_("job"))
    def called(self, row: JobRun) -> SafeString:
        page = reverse("admin:n2store_jobrun_job", args=[row.job])
        return format_html('<a class="n2-link" href="{}">{}</a>', page, title_of(row.job))

    @admin.display(description=_("outcome"))
    def outcome(self, row: JobRun) -> SafeString:
        if row.error:
            return badge("failed", _("Failed"))
        return badge("done", _("Done")) if row.ended_at else badge("running", _("Running"))

    @admin.display(description=_("took"))
    def took(self, row: JobRun) -> str:
        return f"{(row.ended_at - row.started_at).total_seconds():.1f} s" if row.ended_at else "–"


@admin.register(AuditLog)
class AuditLogAdmin(ReadOnlyScreen):
    """Who changed what, and who was refused."""

    list_display = ["when", "actor", "did", "about", "result", "said"]
    list_display_links = ["when"]
    list_filter = ["outcome"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["actor", "subject"]
    search_help_text = _("User name, or subject such as customer:41")
    fields = ["when", "actor", "did", "about", "result", "code", "said", "detail", "was", "became", "address"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditLog], search_term: str
    ) -> tuple[QuerySet[AuditLog], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        return queryset.filter(subject=text) if ":" in text else queryset.filter(actor=text), False

    @admin.display(description=_("at"))
    def when(self, row: AuditLog) -> str:
        return moment(row.at)

    @admin.display(description=_("action"))
    def did(self, row: AuditLog) -> SafeString:
        return format_html('<span title="{}">{}</span>', row.action, action_told(row.action))

    @admin.display(description=_("about"))
    def about(self, row: AuditLog) -> SafeString | str:
        kind, _colon, number = row.subject.partition(":")
        if kind != "customer" or not number.isdecimal():
            return row.subject
        page = reverse("admin:customers_customer_changes", args=[number])
        return format_html('<a class="n2-link" href="{}">{}</a>', page, row.subject)

    @admin.display(description=_("what was said"))
    def said(self, row: AuditLog) -> str:
        return message_of(row.code, row.detail, {}) or "–"

    @admin.display(description=_("outcome"))
    def result(self, row: AuditLog) -> SafeString:
        return badge(row.outcome, row.get_outcome_display())

    @admin.display(description=_("before"))
    def was(self, row: AuditLog) -> SafeString:
        return _document(row.before)

    @admin.display(description=_("after"))
    def became(self, row: AuditLog) -> SafeString:
        return _document(row.after)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]  # unfold has no types
    """Who may log in."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "first_name", "email", "is_active", "is_superuser", "last_login"]
    filter_horizontal = ()


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]  # as above
    """The roles; their permissions follow `n2store/roles.py` after every migration."""


@admin.register(AuthToken)
class TokenAdmin(ModelAdmin):  # type: ignore[misc]  # as above
    """Tokens of programs. One is made with `manage.py issue_token`, and taken back here by deleting it."""

    list_display = ["token_key", "user", "made_at", "ends_at"]
    list_select_related = ["user"]
    ordering = ["-created"]
    fields = ["token_key", "user", "created", "expiry"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("since"))
    def made_at(self, row: Any) -> str:
        return moment(row.created)

    @admin.display(description=_("ends"))
    def ends_at(self, row: Any) -> str:
        return moment(row.expiry) or str(_("never"))


class TaskSelect(UnfoldAdminSelectWidget, TaskSelectWidget):  # type: ignore[misc]  # as above
    """The tasks that the workers know."""


class TimetableForm(PeriodicTaskForm):  # type: ignore[misc]  # as above
    """The library's form with our widgets."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()


@admin.register(PeriodicTask)
class TimetableAdmin(PeriodicTaskAdmin, ModelAdmin):  # type: ignore[misc]  # as above
    """When which job runs."""

    form = TimetableForm


@admin.register(IntervalSchedule)
@admin.register(SolarSchedule)
class ScheduleAdmin(ModelAdmin):  # type: ignore[misc]  # as above
    """Every so often, or by the sun."""


@admin.register(CrontabSchedule)
class CrontabAdmin(CrontabScheduleAdmin, ModelAdmin):  # type: ignore[misc]  # as above
    """At fixed times of day."""


@admin.register(ClockedSchedule)
class ClockedAdmin(ClockedScheduleAdmin, ModelAdmin):  # type: ignore[misc]  # as above
    """Once, at a moment."""
