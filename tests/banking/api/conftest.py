"""Transfers and people for the tests of the API."""

from itertools import count
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from banking.models import BankTransfer, MatchStatus, PendingMatch
from n2store.roles import Role
from tests.factories.banking import delivery, post

_ids = count(92_704_001)


def arrived(**changes: Any) -> BankTransfer:
    """Post a delivery of its own, of nobody unless its content says otherwise, and return the transfer."""
    changes = {"id": next(_ids), "content": "CHUYEN TIEN", **changes}
    answer = post(Client(), delivery(**changes))
    assert answer.status_code == 200, answer.content
    return BankTransfer.objects.get(sepay_id=changes["id"])


def candidate(phone: str, name: str, *, tpos_id: str | None = None, score: int = 40) -> dict[str, Any]:
    """Return a candidate as decisions keep it."""
    return {
        "customer_id": None, "phone": phone, "name": name, "source": "tpos" if tpos_id else "own",
        "tpos_id": tpos_id, "score": score, "evidence": [{"code": "LAST_DIGITS", "points": score, "digits": 6}],
    }  # fmt: skip


def asked(transfer: BankTransfer, *candidates: dict[str, Any], status: str = MatchStatus.PENDING) -> PendingMatch:
    """Put a question about a transfer."""
    BankTransfer.objects.filter(pk=transfer.pk).update(
        verification="PENDING_VERIFICATION", match_method="pending_match"
    )
    return PendingMatch.objects.create(
        transfer=transfer, extracted_text="318264", candidates=list(candidates), status=status
    )


HOA = candidate("0909318264", "Chị Hoa", tpos_id="5011")
LAN = candidate("0387318264", "Lan", score=20)


@pytest.fixture
def care(as_role: Any) -> APIClient:
    """Return an API client of customer care, who may link but let no money in."""
    client: APIClient = as_role(Role.CUSTOMER_CARE)
    return client


@pytest.fixture
def accountant(as_role: Any) -> APIClient:
    """Return an API client of an accountant."""
    client: APIClient = as_role(Role.ACCOUNTANT)
    return client


@pytest.fixture
def viewer(as_role: Any) -> APIClient:
    """Return an API client of somebody who only looks."""
    client: APIClient = as_role(Role.VIEWER)
    return client
