"""Start, stop and start again: what pages and staff want of the sockets, written into the accounts' rows.

Pages start on every load. So the same start again is one read and no write, and two browsers with different tokens of
one user do not take turns in breaking the connection: while it works, the token that lives longer stays.
"""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from n2store import audit
from n2store.errors import NotAllowed, NotFound
from n2store.events import wake_after_commit
from n2store.roles import Caller, Role
from proxy.sealing import Unreadable, seal, unseal
from realtime.frames import Provider
from realtime.models import Account, AccountState
from realtime.upstream.announcing import announce
from realtime.upstream.holding import WAKE_CHANNEL
from realtime.upstream.lease import is_held
from realtime.upstream.tokens import ends_at

MAY_START = frozenset({Role.OWNER, Role.CUSTOMER_CARE, Role.ACCOUNTANT, Role.WAREHOUSE})
"""Whose values may replace those in use. Who looks only may say what is said already."""
MAY_STOP = frozenset({Role.OWNER, Role.CUSTOMER_CARE})


class AccountNotFound(NotFound):
    """There is no account with this id."""

    code = "ACCOUNT_NOT_FOUND"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a start asks for. `owner`: Pancake's user id, or TPOS's room."""

    provider: Provider
    owner: str
    token: str = field(repr=False)
    page_ids: tuple[str, ...] = ()
    cookie: str = field(default="", repr=False)


def start(asked: Asked, *, caller: Caller) -> bool:
    """Have a socket held with these values, and return whether anything changes by that.

    Raises:
        NotAllowed: it would change something, and the caller only looks.
    """
    row = _account(asked)
    if row is not None and _is_served(row, asked):
        return False
    if not caller.roles & MAY_START:
        raise NotAllowed("You may not open the connection with other values.")
    with transaction.atomic():
        return _start_locked(asked, by=caller.name)


def stop(provider: Provider, *, caller: Caller, owner: str | None = None) -> int:
    """Have the sockets of a provider closed, or that of one owner, and return how many were wanted.

    Raises:
        NotAllowed: the caller's roles do not include one that may.
    """
    if not caller.roles & MAY_STOP:
        raise NotAllowed("You may not close the connection.")
    with transaction.atomic():
        rows = Account.objects.select_for_update().filter(provider=provider, wanted=True).order_by("pk")
        stopped = list(rows if owner is None else rows.filter(owner=owner))
        for row in stopped:
            row.wanted = False
            _change(row, by=caller.name)
            audit.record(actor=caller.name, action="socket.stop", subject=f"socket:{row.pk}")
        return len(stopped)


@transaction.atomic
def start_again(account_id: int, *, caller: Caller) -> bool:
    """Have a known account's socket held with the login that is kept, at once; return False when it works already.

    Raises:
        NotAllowed: the caller only looks.
        AccountNotFound: there is no such account.
    """
    if not caller.roles & MAY_START:
        raise NotAllowed("You may not open the connection.")
    row = Account.objects.select_for_update().filter(pk=account_id).first()
    if row is None:
        raise AccountNotFound("There is no such account.")
    if row.wanted and _works(row):
        return False
    row.wanted = True
    _change(row, by=caller.name)
    audit.record(actor=caller.name, action="socket.start", subject=f"socket:{row.pk}")
    return True


def _start_locked(asked: Asked, *, by: str) -> bool:
    """Look again under the lock, then write."""
    sealed, until = seal({"token": asked.token, "cookie": asked.cookie}), ends_at(asked.token)
    row, made = Account.objects.select_for_update().get_or_create(
        provider=asked.provider,
        owner=asked.owner,
        defaults={
            "page_ids": list(asked.page_ids), "sealed": sealed, "token_until": until, "changed_by": by,
            "changed_at": timezone.now(),
        },
    )  # fmt: skip
    if made:
        announce([row.pk])
        wake_after_commit(WAKE_CHANNEL)
    elif _is_served(row, asked):
        return False
    else:
        if not _token_stays(row, asked):
            row.sealed, row.token_until = sealed, until
        row.page_ids, row.wanted = list(asked.page_ids), True
        _change(row, by=by)
    audit.record(
        actor=by, action="socket.start", subject=f"socket:{row.pk}", after={"pages": len(asked.page_ids)}
    )  # fmt: skip
    return True


def _change(row: Account, *, by: str) -> None:
    row.revision += 1
    row.changed_at, row.changed_by = timezone.now(), by
    row.save()
    announce([row.pk])
    wake_after_commit(WAKE_CHANNEL)


def _account(asked: Asked) -> Account | None:
    rows = Account.objects.filter(provider=asked.provider, owner=asked.owner)
    return rows.select_related("seen").first()


def _is_served(row: Account, asked: Asked) -> bool:
    """Whether the row already says what is asked for."""
    if not row.wanted or set(row.page_ids) != set(asked.page_ids):
        return False
    return _holds(row, asked) or _token_stays(row, asked)


def _holds(row: Account, asked: Asked) -> bool:
    try:
        kept = unseal(row.sealed)
    except Unreadable:
        return False
    return (kept.get("token"), kept.get("cookie", "")) == (asked.token, asked.cookie)


def _token_stays(row: Account, asked: Asked) -> bool:
    """Whether the token in use works and lives at least as long as the one given."""
    given_until: datetime | None = ends_at(asked.token)
    if row.token_until is None or given_until is None or given_until > row.token_until:
        return False
    return _works(row)


def _works(row: Account) -> bool:
    """Whether messages can arrive with the values that the row has."""
    seen = AccountState.objects.filter(account=row, revision=row.revision, joined=True)
    return seen.exists() and is_held()
