"""Versions of the configuration: made from the one that counts, tried as drafts, never changed once they counted."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from customers.blacklist import REASON_LENGTH_MAX, InvalidReason
from customers.models import ConfigStatus, Metric, RfmBand, RfmConfig
from customers.rfm.bands import SCORES, SEED, SEED_DESCRIPTIONS, Bands, InvalidBands
from n2store import audit
from n2store.errors import DomainError, NotFound

WINDOWS = {"frequency_days": 3_650, "monetary_days": 3_650, "young_days": 3_650}
"""The windows of a version, and the most days of each."""
DESCRIPTION_LENGTH_MAX = 200


class NoSuchVersion(NotFound):
    """There is no such version of the configuration."""

    code = "RFM_CONFIG_NOT_FOUND"


class NotADraft(DomainError):
    """The version counts, or has counted: it is not changed any more."""

    status, code = 409, "RFM_CONFIG_NOT_A_DRAFT"


def active_config() -> RfmConfig:
    """Return the version that counts."""
    return RfmConfig.objects.get(status=ConfigStatus.ACTIVE)


def config_named(name: str) -> RfmConfig:
    """Return a version by its number, with or without a `v`; `active` and `draft` mean the newest of those.

    Raises:
        NoSuchVersion: there is none.
    """
    if name in (ConfigStatus.ACTIVE, ConfigStatus.DRAFT):
        found = RfmConfig.objects.filter(status=name).order_by("-version").first()
    else:
        number = name.removeprefix("v")
        valid = number.isascii() and number.isdigit() and len(number) < 10
        found = RfmConfig.objects.filter(version=int(number)).first() if valid else None
    if found is None:
        raise NoSuchVersion("There is no such version")
    return found


def bands_of(config: RfmConfig) -> dict[str, Bands]:
    """Return the bands of a version, by metric; one query."""
    rows = RfmBand.objects.filter(config=config)
    begins: dict[str, dict[int, int]] = {metric: {} for metric in Metric.values}
    for row in rows:
        begins[row.metric][row.score] = row.min_value
    return {metric: Bands(metric, mins) for metric, mins in begins.items()}


@transaction.atomic
def change_band(
    *,
    metric: object,
    score: object,
    min_value: object = None,
    max_value: object = None,
    description: object = None,
    by: str,
    activate: bool = True,
) -> RfmConfig:
    """Make a version in which one band has other edges, and let it count at once unless it is to be a draft.

    The neighbours give way: no value is without a score. A description that is not given stays.

    Raises:
        InvalidBands: the metric or score is unknown, or the bands would overlap.
    """
    if metric not in Metric.values:
        raise InvalidBands(f"metric_type must be one of: {', '.join(Metric.values)}")
    if isinstance(score, str) and score.strip() in map(str, SCORES):
        score = int(score)
    if type(score) is not int or score not in SCORES:
        raise InvalidBands("score must be a whole number from 1 to 5")
    if description is not None:
        _check_description(description)
    _one_at_a_time()
    bands = bands_of(active_config())
    bands[str(metric)] = bands[str(metric)].changed(score, min_value=min_value, max_value=max_value)
    words = {} if description is None else {(str(metric), score): str(description)}
    return _new_version(bands=bands, words=words, windows={}, by=by, activate=activate)


@transaction.atomic
def change_windows(*, windows: Mapping[str, object], by: str, activate: bool = True) -> RfmConfig:
    """Make a version with other windows, and let it count at once unless it is to be a draft.

    Raises:
        InvalidBands: a window is unknown or no number of days.
    """
    _check_windows(windows)
    _one_at_a_time()
    return _new_version(bands=bands_of(active_config()), words={}, windows=windows, by=by, activate=activate)


@transaction.atomic
def begin_draft(*, by: str) -> RfmConfig:
    """Make a draft that is like the version that counts, to be changed."""
    _one_at_a_time()
    return _new_version(bands=bands_of(active_config()), words={}, windows={}, by=by, activate=False)


@transaction.atomic
def rewrite_draft(
    *,
    version: int,
    begins: Mapping[str, Mapping[int, int]],
    words: Mapping[tuple[str, int], str],
    windows: Mapping[str, int | None],
    by: str,
) -> RfmConfig:
    """Give a draft all of its bands, descriptions and windows.

    Raises:
        NoSuchVersion: there is none.
        NotADraft: it counts or has counted.
        InvalidBands: the bands overlap or leave out values, or a window or description is out of range.
    """
    bands = {metric: Bands(metric, dict(begins[metric])) for metric in Metric.values}
    _check_windows(windows)
    for said in words.values():
        _check_description(said)
    _one_at_a_time()
    config = config_named(str(version))
    if config.status != ConfigStatus.DRAFT:
        raise NotADraft("Only a draft can be changed")
    for name, days in windows.items():
        setattr(config, name, days)
    config.author = by
    config.save(update_fields=[*windows, "author"])
    RfmBand.objects.filter(config=config).delete()
    RfmBand.objects.bulk_create(
        RfmBand(
            config=config, metric=metric, score=score, min_value=least, description=words.get((metric, score), "")
        )
        for metric, of in bands.items()
        for score, least in of.begins.items()
    )  # fmt: skip
    _tell_draft(config, bands, windows, by=by)
    return config


@transaction.atomic
def activate_config(*, version: str, by: str, reason: str = "") -> RfmConfig:
    """Let a draft count from now on; the one that counted is kept as retired.

    Raises:
        NoSuchVersion: there is none.
        NotADraft: it counts or has counted.
        InvalidReason: the reason is too long, or no text.
    """
    if len(reason) > REASON_LENGTH_MAX or "\0" in reason:
        raise InvalidReason(f"reason must be a text of at most {REASON_LENGTH_MAX} characters")
    _one_at_a_time()
    config = config_named(version)
    if config.status != ConfigStatus.DRAFT:
        raise NotADraft("Only a draft can be activated")
    _let_count(config, by=by, reason=reason.strip())
    return config


def ensure_seed(*, by: str = "seed") -> None:
    """Write the seed's configuration down as version 1, unless there is a version already."""
    with transaction.atomic():
        _one_at_a_time()
        if RfmConfig.objects.exists():
            return
        config = RfmConfig.objects.create(version=1, status=ConfigStatus.ACTIVE, author=by, activated_at=timezone.now())
        RfmBand.objects.bulk_create(
            RfmBand(
                config=config, metric=metric, score=score, min_value=mins[score],
                description=SEED_DESCRIPTIONS[metric][score],
            )
            for metric, mins in SEED.items()
            for score in SCORES
        )  # fmt: skip


def _new_version(
    *,
    bands: Mapping[str, Bands],
    words: Mapping[tuple[str, int], str],
    windows: Mapping[str, Any],
    by: str,
    activate: bool,
) -> RfmConfig:
    """Write the next version: the active one's windows and descriptions, but for what is given."""
    old = active_config()
    known = {(row.metric, row.score): row.description for row in RfmBand.objects.filter(config=old)} | dict(words)
    newest: int = RfmConfig.objects.aggregate(newest=Max("version"))["newest"]
    kept = {name: getattr(old, name) for name in WINDOWS} | dict(windows)
    config = RfmConfig.objects.create(version=newest + 1, author=by, **kept)
    RfmBand.objects.bulk_create(
        RfmBand(config=config, metric=metric, score=score, min_value=mins, description=known[metric, score])
        for metric, of in bands.items()
        for score, mins in of.begins.items()
    )
    _tell_draft(config, bands, kept, by=by)
    if activate:
        _let_count(config, by=by)
    config.refresh_from_db()
    return config


def _tell_draft(config: RfmConfig, bands: Mapping[str, Bands], windows: Mapping[str, Any], *, by: str) -> None:
    audit.record(
        actor=by, action="rfm.config.draft", subject=f"rfm_config:{config.version}",
        after={"windows": dict(windows), "bands": {metric: dict(of.begins) for metric, of in bands.items()}},
    )  # fmt: skip


def _check_description(description: object) -> None:
    if not isinstance(description, str) or len(description) > DESCRIPTION_LENGTH_MAX or "\0" in description:
        raise InvalidBands(f"description must be a text of at most {DESCRIPTION_LENGTH_MAX} characters")


def _check_windows(windows: Mapping[str, object]) -> None:
    for name, days in windows.items():
        least = 0 if name == "young_days" else 1
        if name not in WINDOWS or (days is None and name != "monetary_days"):
            raise InvalidBands(f"{name} is no window")
        if days is not None and (type(days) is not int or not least <= days <= WINDOWS[name]):
            raise InvalidBands(f"{name} must be a number of days from {least} to {WINDOWS[name]:,}")


def _let_count(config: RfmConfig, *, by: str, reason: str = "") -> None:
    before = RfmConfig.objects.filter(status=ConfigStatus.ACTIVE).first()
    RfmConfig.objects.filter(status=ConfigStatus.ACTIVE).update(status=ConfigStatus.RETIRED)
    config.status, config.activated_at = ConfigStatus.ACTIVE, timezone.now()
    config.activated_by, config.reason = by, reason
    config.save(update_fields=["status", "activated_at", "activated_by", "reason"])
    audit.record(
        actor=by, action="rfm.config.activate", subject=f"rfm_config:{config.version}",
        before={"version": before.version if before else None}, after={"version": config.version},
        detail=reason,
    )  # fmt: skip


def _one_at_a_time() -> None:
    """Wait for whoever changes the configuration at this moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('customers_rfm_config'))")
