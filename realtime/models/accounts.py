"""Whose sockets are wanted, what their holder sees, and who holds them. See ADR 0019."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from realtime.frames import Provider


class Account(models.Model):
    """One login at a neighbour, and whether its socket is wanted. A command is a change of this row."""

    provider = models.CharField(_("provider"), max_length=10, choices=[(one.value, one.value) for one in Provider])
    owner = models.CharField(_("owner"), max_length=100, help_text="Pancake: the user's id. TPOS: the room.")
    page_ids = ArrayField(models.CharField(max_length=50), verbose_name=_("pages"), default=list, blank=True)
    sealed = models.TextField(help_text="Token and cookie, encrypted. See `proxy.sealing`.")
    token_until = models.DateTimeField(_("token ends"), null=True, help_text="As the token itself says.")
    wanted = models.BooleanField(_("wanted"), default=True)
    revision = models.PositiveIntegerField(default=1, help_text="Raised with each change: the holder begins anew.")
    heard_until = models.DateTimeField(null=True, help_text="Nothing that the neighbour showed before is missing.")
    changed_at = models.DateTimeField(_("changed at"), db_default=Now())
    changed_by = models.CharField(_("changed by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("socket account")
        verbose_name_plural = _("socket accounts")
        constraints = [
            models.UniqueConstraint(fields=["provider", "owner"], name="realtime_account_once"),
            models.CheckConstraint(
                condition=Q(provider__in=[one.value for one in Provider]), name="realtime_account_provider_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.owner}"


class AccountState(models.Model):
    """What the holder of the sockets sees of an account. True only while the lease is held."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="seen")
    revision = models.PositiveIntegerField(help_text="The account's revision that this is about.")
    phase = models.CharField(_("phase"), max_length=20, help_text="A `Phase` of `realtime.upstream.state`.")
    joined = models.BooleanField(_("joined"), default=False, help_text="Messages can arrive.")
    attempts = models.PositiveIntegerField(_("attempts"), default=0, help_text="Failures since the last join.")
    error = models.CharField(_("error"), max_length=300, blank=True)
    detail = models.JSONField(default=dict, help_text="Channels, pages and timings, as JSON.")
    connected_at = models.DateTimeField(_("connected at"), null=True)
    last_frame_at = models.DateTimeField(_("last frame"), null=True)
    next_try_at = models.DateTimeField(_("next try"), null=True)
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("socket state")
        verbose_name_plural = _("socket states")

    def __str__(self) -> str:
        return f"{self.account_id}: {self.phase}"


class Lease(models.Model):
    """Who may hold the sockets, and until when. There is one row; the database's clock decides."""

    name = models.CharField(max_length=20, primary_key=True)
    holder = models.CharField(_("holder"), max_length=100)
    term = models.BigIntegerField(help_text="Raised with each new holder.")
    since = models.DateTimeField(_("since"))
    renewed_at = models.DateTimeField(_("renewed at"))
    until = models.DateTimeField(_("until"))

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
