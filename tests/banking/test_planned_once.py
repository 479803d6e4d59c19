"""Deliveries are planned once: to plan one anew takes PostgreSQL three times as long as to look for its owner."""

import itertools
import json

import pytest

from banking.operations import take_sepay_notice
from banking.sepay.parser import parse
from tests.banking.acting import HOA, known
from tests.factories.banking import delivery
from tests.planner import is_planned_once

pytestmark = pytest.mark.django_db
_ids = itertools.count(51_000_000)


@pytest.mark.parametrize("named", [HOA, HOA[-6:], "ck"], ids=["phone", "last digits", "nobody"])
def test_a_delivery_is_planned_once(named: str) -> None:
    known(HOA)

    def take() -> None:
        body = json.dumps(delivery(id=next(_ids), content=f"{named} chuyen tien"))
        assert take_sepay_notice(parse(body.encode()), body=body).is_new

    assert is_planned_once(take)
