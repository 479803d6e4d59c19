"""What the holder of the sockets reads and writes beside frames: which accounts are wanted, and how they stand."""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from proxy.sealing import Unreadable, unseal
from realtime.frames import Provider
from realtime.models import Account, AccountState
from realtime.upstream.announcing import announce
from realtime.upstream.state import Phase, State
from realtime.upstream.wanted import Wanted

logger = logging.getLogger(__name__)

FRAME_TOLD_EVERY = timedelta(seconds=5)
"""A frame alone is written down no more often than that."""
WRITTEN = [
    "revision", "phase", "joined", "attempts", "error", "detail", "connected_at", "last_frame_at", "next_try_at",
    "written_at",
]  # fmt: skip


def wanted_revisions() -> dict[int, int]:
    """Return the accounts whose socket is wanted, and their revisions."""
    return dict(Account.objects.filter(wanted=True).values_list("pk", "revision"))


def open_account(account_id: int) -> Wanted | None:
    """Return what to do for an account, or None when it is not wanted any more.

    Raises:
        Unreadable: its credentials cannot be opened.
    """
    row = Account.objects.filter(pk=account_id, wanted=True).first()
    if row is None:
        return None
    opened = unseal(row.sealed)
    if not opened.get("token"):
        raise Unreadable("The credentials hold no token.")
    return Wanted(
        account_id=row.pk, revision=row.revision, provider=Provider(row.provider), owner=row.owner,
        page_ids=tuple(row.page_ids), token=opened["token"], cookie=opened.get("cookie", ""),
    )  # fmt: skip


class StateBook:
    """Writes states beside their accounts, when they have changed."""

    def __init__(self) -> None:
        self._written: dict[int, tuple[str, datetime | None]] = {}
        self._announced: dict[int, str] = {}

    def write(self, states: Mapping[int, tuple[int, State]]) -> None:
        """Write down what has changed since the last time: revision and state by account."""
        rows = [
            AccountState(account_id=id, revision=revision, written_at=timezone.now(), **_fields(state))
            for id, (revision, state) in states.items()
            if self._has_news(id, revision, state)
        ]
        if not rows:
            return
        standing = {id: _standing(revision, state) for id, (revision, state) in states.items()}
        changed = [row.pk for row in rows if self._announced.get(row.pk) != standing[row.pk]]
        try:
            with transaction.atomic():
                AccountState.objects.bulk_create(
                    rows, update_conflicts=True, unique_fields=["account"], update_fields=WRITTEN
                )
                if changed:
                    announce(changed)
            self._announced |= {id: standing[id] for id in changed}
        except IntegrityError:  # An account was removed this moment.
            logger.info("The state of a removed account is not written.")
        except DatabaseError:
            self.forget()
            raise

    def forget(self) -> None:
        """Write everything the next time: somebody else may have written meanwhile."""
        self._written.clear()
        self._announced.clear()

    def _has_news(self, id: int, revision: int, state: State) -> bool:
        fields = _fields(state)
        at = fields.pop("last_frame_at")
        shown = json.dumps([revision, fields], default=str, sort_keys=True)
        before, before_at = self._written.get(id, ("", None))
        if shown == before and (at == before_at or (before_at and at and at - before_at < FRAME_TOLD_EVERY)):
            return False
        self._written[id] = (shown, at)
        return True


def off() -> State:
    """Return the state of an account that nobody wants."""
    return State(phase=Phase.OFF)


def _standing(revision: int, state: State) -> str:
    """Return what is worth announcing: not each frame, and not each ping."""
    fields = _fields(state)
    del fields["last_frame_at"]
    fields["detail"] = {name: value for name, value in state.detail.items() if name != "last_ping_at"}
    return json.dumps([revision, fields], default=str, sort_keys=True)


def _fields(state: State) -> dict[str, Any]:
    return asdict(state) | {"phase": str(state.phase), "error": state.error[:300]}
