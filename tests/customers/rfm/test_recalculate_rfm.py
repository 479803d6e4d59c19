"""`manage.py recalculate_rfm`."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer, TierChange
from customers.rfm.config import change_band
from tests.customers.rfm.test_scoring import PHONE, loyal

pytestmark = pytest.mark.django_db


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    capsys.readouterr()
    call_command("recalculate_rfm", "--json", *arguments)
    return json.loads(capsys.readouterr().out)


@pytest.fixture(autouse=True)
def _shop() -> None:
    loyal()
    Customer.objects.update(tier="new")
    TierChange.objects.all().delete()


def test_a_dry_run_says_who_would_move_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "--dry-run")

    assert (told["moved"], told["moves"]) == (1, [{"before": "new", "after": "platinum", "customers": 1}])
    assert (Customer.objects.get().tier, TierChange.objects.count()) == ("new", 0)


def test_a_run_writes_and_a_second_has_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = said(capsys, "--customer", PHONE), said(capsys)

    assert (first["moved"], second["moved"]) == (1, 0)
    assert Customer.objects.get().tier == "platinum"


def test_a_draft_is_only_rehearsed(capsys: pytest.CaptureFixture[str]) -> None:
    change_band(metric="monetary", score=5, min_value=90_000_000, by="lan", activate=False)

    told = said(capsys, "--config", "draft")

    assert (told["config"], told["dry_run"], told["moves"]) == (
        2, True, [{"before": "new", "after": "platinum", "customers": 1}],
    )  # fmt: skip
    assert Customer.objects.get().tier == "new"


def test_it_speaks_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("recalculate_rfm")

    assert "Configuration v1 (active): 1 customers moved, " in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--config", "9"], ["--config", "x"], ["--customer", "0900000009"]])
def test_what_is_not_there_is_said(arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("recalculate_rfm", *arguments)
