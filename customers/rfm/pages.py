"""The pages of the RFM configuration: what counts, who has which score, and drafts that are tried before they count."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers.models import ConfigStatus, RfmConfig, Tier
from customers.rfm import config as configs
from customers.rfm.bands import SCORES
from customers.rfm.distribution import spread
from customers.rfm.forms import ActivationForm, DraftForm, shown
from customers.rfm.scoring import Judged, rehearse
from customers.rfm.segments import NAMES
from customers.rfm.segments_told import segment_told
from n2store.charts import Bar, bars
from n2store.errors import DomainError
from n2store.pages import drawn
from n2store.refused import keep, sentence
from n2store.roles import Role, caller_of, roles_of
from n2store.templatetags.money import grouped

VERSIONS_SHOWN_MAX = 50


def may_change(request: HttpRequest) -> bool:
    """Tell whether the reader decides how customers are judged: the owner."""
    return Role.OWNER in roles_of(request.user)


def overview(request: HttpRequest) -> HttpResponse:
    """Show the version that counts, how customers spread by it, and all versions."""
    _require_sight(request)
    active, now = configs.active_config(), spread()
    context = {
        "active": active,
        "metrics": shown(active),
        "tiers": tier_bars(now["tiers"]),
        "segments": segment_bars(now["segments"]),
        "scores": [(score, now["scores"].get(str(score), {})) for score in reversed(SCORES)],
        "scored": sum(now["segments"].values()),
        "versions": list(RfmConfig.objects.order_by("-version")[:VERSIONS_SHOWN_MAX]),
    }
    return _page(request, "overview", context, title=_("How customers are scored"))


def version(request: HttpRequest, id: int) -> HttpResponse:
    """Show a version; a draft with its form, and with `preview` who would move."""
    _require_sight(request)
    config = get_object_or_404(RfmConfig, pk=id)
    return _version(request, config, form=DraftForm(config=config) if _is_open(request, config) else None)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Make a draft like the version that counts."""
    _require_right(request, "")
    made = configs.begin_draft(by=caller_of(request.user).name)
    messages.success(request, _("A draft was made. Nothing counts differently until it is activated."))
    return _to(made)


@require_POST
def save(request: HttpRequest, id: int) -> HttpResponse:
    """Keep what was typed into a draft, and show who would move by it."""
    config = get_object_or_404(RfmConfig, pk=id)
    _require_right(request, f"rfm_config:{config.version}")
    form = DraftForm(request.POST, config=config)
    if not form.is_valid():
        return _version(request, config, form=form, status=400)
    try:
        configs.rewrite_draft(
            version=config.version, begins=form.begins, words=form.words, windows=form.windows,
            by=caller_of(request.user).name,
        )  # fmt: skip
    except DomainError as refused:
        return _refuse(request, config, refused)
    messages.success(request, _("The draft was saved."))
    return HttpResponseRedirect(f"{_at(config)}?preview=1#n2-preview")


@require_POST
def activate(request: HttpRequest, id: int) -> HttpResponse:
    """Let a draft count, with the reason."""
    config = get_object_or_404(RfmConfig, pk=id)
    _require_right(request, f"rfm_config:{config.version}")
    form = ActivationForm(request.POST)
    if not form.is_valid():
        draft = DraftForm(config=config) if _is_open(request, config) else None
        return _version(request, config, form=draft, activation=form, status=400)
    try:
        configs.activate_config(
            version=str(config.version), by=caller_of(request.user).name, reason=form.cleaned_data["reason"]
        )
    except DomainError as refused:
        return _refuse(request, config, refused)
    messages.success(
        request, _("Version %(version)s counts now. Scores follow with the next run.") % {"version": config.version}
    )
    return _to(config)


def tier_bars(counts: dict[str, int]) -> list[Bar]:
    """Return a bar for each tier that somebody has, in the order of the tiers."""
    order = [Tier.PLATINUM, Tier.GOLD, Tier.SILVER, Tier.NEW, Tier.BLACKLIST]
    order += [tier for tier in Tier if tier not in order]
    known = [(tier.value, str(tier.label), counts[tier.value]) for tier in order if counts.get(tier.value)]
    return bars(known, told=grouped)


def segment_bars(counts: dict[str, int]) -> list[Bar]:
    """Return a bar for each segment, also those that nobody is in."""
    return bars([(name, segment_told(name), counts.get(name, 0)) for name in NAMES], told=grouped)


def _version(
    request: HttpRequest, config: RfmConfig, *, form: DraftForm | None, activation: ActivationForm | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    looks = "preview" in request.GET and _is_open(request, config)  # It takes seconds: for who decides.
    context = {
        "config": config,
        "metrics": None if form else shown(config),
        "form": form,
        "activation": activation or (ActivationForm() if form else None),
        "moves": _moves(rehearse(config=config)) if looks else None,
    }
    title = _("Scoring, version %(version)s") % {"version": config.version}
    return _page(request, "version", context, title=title, status=status)


def _moves(judged: Judged) -> dict[str, Any]:
    names = dict(Tier.choices)
    return {
        "moved": judged.moved,
        "rows": [
            {
                "before": move.before, "before_told": names.get(move.before, move.before),
                "after": move.after, "after_told": names.get(move.after, move.after), "customers": move.customers,
            }
            for move in sorted(judged.moves, key=lambda move: -move.customers)
        ],
    }  # fmt: skip


def _is_open(request: HttpRequest, config: RfmConfig) -> bool:
    return config.status == ConfigStatus.DRAFT and may_change(request)


def _require_sight(request: HttpRequest) -> None:
    if not request.user.has_perm("customers.view_rfmconfig"):
        raise PermissionDenied


def _require_right(request: HttpRequest, subject: str) -> None:
    _require_sight(request)
    if not may_change(request):
        keep(request, subject, code="PERMISSION_DENIED", detail="rfm configuration")
        raise PermissionDenied


def _refuse(request: HttpRequest, config: RfmConfig, refused: DomainError) -> HttpResponse:
    keep(request, f"rfm_config:{config.version}", code=refused.code, detail=str(refused))
    if refused.status == 404:
        raise Http404 from refused
    messages.error(request, sentence(refused))
    return _to(config)


def _at(config: RfmConfig) -> str:
    return reverse("admin:customers_rfmconfig_change", args=[config.pk])


def _to(config: RfmConfig) -> HttpResponse:
    return HttpResponseRedirect(_at(config))


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, title: str, status: int = 200) -> HttpResponse:
    common = {"may_change": may_change(request)}
    return drawn(request, f"customers/rfm/{name}.html", common | context, title=title, of=RfmConfig, status=status)
