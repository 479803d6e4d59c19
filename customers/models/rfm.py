"""What a customer's orders say of them: bands as versions of a configuration, scores, and every move of a tier."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer, Tier


class ConfigStatus(models.TextChoices):
    """Where a version is in its life: it is tried as a draft, counts while active, and is kept when retired."""

    DRAFT = "draft", _("Draft")
    ACTIVE = "active", _("Active")
    RETIRED = "retired", _("Retired")


class Metric(models.TextChoices):
    """What is scored from 1 to 5."""

    RECENCY = "recency", _("Recency")
    FREQUENCY = "frequency", _("Frequency")
    MONETARY = "monetary", _("Money")


class RfmConfig(models.Model):
    """One version of bands and windows. An active or retired one is not changed: a new version is made."""

    version = models.IntegerField(_("version"), unique=True)
    status = models.CharField(_("state"), max_length=20, choices=ConfigStatus, db_default=ConfigStatus.DRAFT)
    frequency_days = models.IntegerField(_("orders of so many days"), db_default=90)
    monetary_days = models.IntegerField(_("money of so many days"), null=True, blank=True, help_text=_("Empty: ever"))
    young_days = models.IntegerField(_("new for so many days"), db_default=30)
    author = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("at"), db_default=Now())
    activated_at = models.DateTimeField(_("active since"), null=True, blank=True)
    activated_by = models.CharField(_("activated by"), max_length=150, blank=True, db_default="")
    reason = models.CharField(_("reason"), max_length=500, blank=True, db_default="")

    class Meta:
        verbose_name = _("RFM configuration")
        verbose_name_plural = _("RFM configurations")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ConfigStatus.values), name="rfm_config_status_known"),
            models.CheckConstraint(
                condition=Q(frequency_days__gt=0, young_days__gte=0) & (Q(monetary_days=None) | Q(monetary_days__gt=0)),
                name="rfm_config_windows_positive",
            ),
            models.UniqueConstraint(
                fields=["status"], condition=Q(status=ConfigStatus.ACTIVE), name="rfm_config_one_active"
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class RfmBand(models.Model):
    """From which value on a score is given. A band ends where the next begins: no gap, no overlap can be written."""

    config = models.ForeignKey(RfmConfig, on_delete=models.CASCADE, related_name="bands", db_index=False)
    metric = models.CharField(_("metric"), max_length=20, choices=Metric)
    score = models.SmallIntegerField(_("score"))
    min_value = models.BigIntegerField(_("from"), help_text="Days, orders or dong; included.")
    description = models.CharField(_("description"), max_length=200, blank=True, db_default="")

    class Meta:
        verbose_name = _("RFM band")
        verbose_name_plural = _("RFM bands")
        constraints = [
            models.UniqueConstraint(fields=["config", "metric", "score"], name="rfm_band_score_once"),
            models.UniqueConstraint(fields=["config", "metric", "min_value"], name="rfm_band_begins_once"),
            models.CheckConstraint(condition=Q(metric__in=Metric.values), name="rfm_band_metric_known"),
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="rfm_band_score_in_range"),
            models.CheckConstraint(condition=Q(min_value__gte=0), name="rfm_band_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.score}: ≥ {self.min_value:,}"


class RfmScore(models.Model):
    """A customer's scores, and the numbers they were read from. Written only where something changed."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="rfm")
    recency = models.SmallIntegerField(_("recency"))
    frequency = models.SmallIntegerField(_("frequency"))
    monetary = models.SmallIntegerField(_("money"))
    total = models.SmallIntegerField(_("sum"), help_text="3 to 15; the score is a third of it.")
    segment = models.CharField(_("segment"), max_length=30)
    last_purchase_at = models.DateTimeField(_("last purchase"), null=True)
    orders = models.IntegerField(_("orders within the window"))
    spent_vnd = models.BigIntegerField(_("spent"))
    config = models.ForeignKey(RfmConfig, on_delete=models.PROTECT, related_name="+", db_index=False)
    computed_at = models.DateTimeField(_("computed at"))

    class Meta:
        verbose_name = _("RFM score")
        verbose_name_plural = _("RFM scores")
        constraints = [
            models.CheckConstraint(
                condition=Q(total=models.F("recency") + models.F("frequency") + models.F("monetary")),
                name="rfm_score_is_the_sum",
            ),
        ]
        indexes = [models.Index(fields=["segment", "-customer"], name="rfm_score_of_segment")]

    def __str__(self) -> str:
        return f"{self.recency}-{self.frequency}-{self.monetary} {self.segment}"


class RfmShare(models.Model):
    """How many customers have a sum of scores, and how many have less: for a percentile without counting."""

    total = models.SmallIntegerField(primary_key=True)
    customers = models.IntegerField()
    below = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.total}: {self.customers:,}"


class TierCause(models.TextChoices):
    """Why somebody has another tier now."""

    SCORE = "score", _("Score")
    YOUNG = "young", _("New customer")
    FRAUD = "fraud", _("Fraud case")
    OVERTURNED = "overturned", _("Fraud case overturned")
    PERSON = "person", _("By hand")


class TierChange(models.Model):
    """One move from tier to tier. Never changed."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tier_changes", db_index=False)
    before = models.CharField(_("before"), max_length=20, choices=Tier)
    after = models.CharField(_("after"), max_length=20, choices=Tier)
    cause = models.CharField(_("cause"), max_length=20, choices=TierCause)
    reason = models.CharField(_("reason"), max_length=500, blank=True, db_default="")
    config = models.ForeignKey(
        RfmConfig, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("version")
    )
    actor = models.CharField(_("by"), max_length=150)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("change of tier")
        verbose_name_plural = _("changes of tier")
        constraints = [
            models.CheckConstraint(condition=Q(cause__in=TierCause.values), name="tier_change_cause_known"),
            models.CheckConstraint(condition=~Q(before=models.F("after")), name="tier_change_is_one"),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="tier_change_of_customer")]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
