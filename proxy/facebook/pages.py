"""Tokens of the shop's pages: TPOS tells them, rows keep them sealed, five minutes later they are asked for again."""

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from n2store.errors import DomainError
from proxy.models import PageToken
from proxy.sealing import Unreadable, seal, unseal
from proxy.tpos import TposError, tpos

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(minutes=5)
USED_FOR = timedelta(days=7)
"""While TPOS does not answer, an older token is used for so long."""


class NoPageToken(DomainError):
    """The shop has no token for this page."""

    status, code = 400, "NO_PAGE_TOKEN"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the shop."""

    id: str
    name: str
    token: str = field(repr=False)


def refresh(*, bearer: str | None = None) -> list[Page]:
    """Ask TPOS for the shop's pages, as the caller (`bearer`) or as the shop, and keep what it tells.

    An answer without any page replaces nothing: so answers a login that sees none.

    Raises:
        TposError: TPOS did not answer, or says no.
    """
    pages = pages_in(tpos().facebook_teams() if bearer is None else tpos().facebook_teams(bearer=bearer))
    if pages:
        _keep(pages, at=timezone.now())
    return pages


def known() -> list[Page]:
    """Return the pages that are kept, by name."""
    rows = PageToken.objects.order_by("name", "page_id")
    return [page for row in rows if (page := _opened(row)) is not None]


def token_of(page_id: str) -> str:
    """Return the token of a page, not older than five minutes if TPOS answers.

    Raises:
        NoPageToken: the shop has none.
    """
    page = _fresh(page_id, KEPT_FOR)
    if page is None:
        with _refreshing:
            page = _fresh(page_id, KEPT_FOR)
            if page is None:
                try:
                    refresh()
                except TposError as error:
                    logger.warning("Page tokens are not refreshed: %s", error.code)
                page = _fresh(page_id, USED_FOR)
    if page is None:
        raise NoPageToken(f"No token for page {page_id}", page=page_id)
    return page.token


def pages_in(teams: Iterable[Any]) -> list[Page]:
    """Read TPOS's teams: accounts and their pages, each page once; what a page says comes before its account."""
    found: dict[str, Page] = {}
    for team in teams:
        children = team.get("Childs") if isinstance(team, dict) else None
        for one in (team, *(children if isinstance(children, list) else ())):
            if not isinstance(one, dict):
                continue
            id, token = one.get("Facebook_PageId"), one.get("Facebook_PageToken")
            if isinstance(id, str) and id and isinstance(token, str) and token:
                name = one.get("Facebook_PageName") or one.get("Name") or ""
                found[id] = Page(id, str(name), token)
    return list(found.values())


@transaction.atomic
def _keep(pages: list[Page], *, at: datetime) -> None:
    PageToken.objects.bulk_create(
        [
            PageToken(page_id=page.id, name=page.name[:255], sealed=seal({"token": page.token}), fetched_at=at)
            for page in sorted(pages, key=lambda page: page.id)
        ],
        update_conflicts=True,
        unique_fields=["page_id"],
        update_fields=["name", "sealed", "fetched_at"],
    )


def _fresh(page_id: str, age: timedelta) -> Page | None:
    row = PageToken.objects.filter(page_id=page_id, fetched_at__gt=timezone.now() - age).first()
    if not connection.in_atomic_block:
        connection.close()  # Facebook is asked next, which may take long.
    return None if row is None else _opened(row)


def _opened(row: PageToken) -> Page | None:
    try:
        return Page(row.page_id, row.name, unseal(row.sealed)["token"])
    except Unreadable:  # Sealed with a key we do not have any more: TPOS will tell it again.
        return None


_refreshing = threading.Lock()
