"""Every way a ticket may go, by service and by HTTP, and no other."""

from itertools import product
from typing import Any

import pytest
from rest_framework.test import APIClient

from n2store.roles import Role
from tests.factories.tickets import ACCOUNTANT, OWNER, ticket
from tickets import changing, workflow
from tickets.models import Ticket, TicketStatus, TicketType, Waiting
from tickets.workflow import AlreadyCompleted, Move, TransitionNotAllowed

OPEN = ("PENDING", "IN_PROGRESS", "PENDING_GOODS", "PENDING_FINANCE")
EXPECTED: dict[str, dict[tuple[str, str], str]] = {
    "carrier": {
        ("PENDING", "start"): "IN_PROGRESS",
        ("PENDING", "wait_goods"): "PENDING_GOODS",
        ("PENDING", "wait_finance"): "PENDING_FINANCE",
        ("PENDING", "receive_goods"): "PENDING_FINANCE",
        ("IN_PROGRESS", "wait_goods"): "PENDING_GOODS",
        ("IN_PROGRESS", "wait_finance"): "PENDING_FINANCE",
        ("IN_PROGRESS", "receive_goods"): "PENDING_FINANCE",
        ("PENDING_GOODS", "receive_goods"): "PENDING_FINANCE",
        ("PENDING_FINANCE", "settle"): "COMPLETED",
    },
    "return": {
        ("PENDING", "start"): "IN_PROGRESS",
        ("PENDING", "wait_goods"): "PENDING_GOODS",
        ("PENDING", "receive_goods"): "COMPLETED",
        ("PENDING", "receive_only"): "PENDING_FINANCE",
        ("IN_PROGRESS", "wait_goods"): "PENDING_GOODS",
        ("IN_PROGRESS", "receive_goods"): "COMPLETED",
        ("IN_PROGRESS", "receive_only"): "PENDING_FINANCE",
        ("PENDING_GOODS", "receive_goods"): "COMPLETED",
        ("PENDING_GOODS", "receive_only"): "PENDING_FINANCE",
        ("PENDING_FINANCE", "settle"): "COMPLETED",
    },
    "care": {
        ("PENDING", "start"): "IN_PROGRESS",
        ("PENDING", "wait_goods"): "PENDING_GOODS",
        ("IN_PROGRESS", "wait_goods"): "PENDING_GOODS",
        ("PENDING_FINANCE", "settle"): "COMPLETED",
    },
}
for ways in EXPECTED.values():
    ways.update({(status, "complete"): "COMPLETED" for status in OPEN})
    ways.update({(status, "cancel"): "CANCELLED" for status in OPEN})
KINDS = {
    "BOOM": "carrier", "FIX_COD": "carrier", "RETURN_CLIENT": "return", "RETURN_SHIPPER": "return",
    "COMPLAINT": "care", "WARRANTY": "care", "OTHER": "care",
}  # fmt: skip
EVERYWHERE = list(product(TicketType.values, TicketStatus.values))
ACTIONS = ("receive_goods", "settle", "complete", "cancel")


def test_the_table_is_the_whole_workflow() -> None:
    found = {
        (KINDS[type], status, move): TicketStatus(target)
        for type in TicketType.values
        for (status, move), target in EXPECTED[KINDS[type]].items()
    }

    assert {(k.value, s.value, m.value): t for (k, s, m), t in workflow.TRANSITIONS.items()} == found
    assert {type: kind.value for type, kind in workflow.KIND_OF.items()} == KINDS


@pytest.mark.django_db
@pytest.mark.parametrize(("type", "status"), EVERYWHERE)
def test_a_move_leads_where_the_table_says_and_nowhere_else(type: str, status: str) -> None:
    made = ticket(type, status=status)

    for move in Move:
        Ticket.objects.filter(pk=made.pk).update(
            status=status, completed_at=made.completed_at, received_at=None, settled_at=None
        )
        target = EXPECTED[KINDS[type]].get((status, move.value))
        if target is None:
            refusal = AlreadyCompleted if status == "COMPLETED" else TransitionNotAllowed
            with pytest.raises(refusal):
                changing.move(caller=OWNER, ticket_id=made.pk, move=move)
            target = status
        else:
            changing.move(caller=OWNER, ticket_id=made.pk, move=move)
        after = Ticket.objects.get(pk=made.pk)
        assert (move, after.status) == (move, target)
        assert (after.completed_at is not None) == (after.status == "COMPLETED")


@pytest.mark.parametrize(("type", "status"), EVERYWHERE)
def test_v1_actions_lead_where_the_table_says(api: APIClient, type: str, status: str) -> None:
    made = ticket(type, status=status)

    for action in ACTIONS:
        Ticket.objects.filter(pk=made.pk).update(status=status, completed_at=made.completed_at)
        answer = api.post(f"/api/ticket/{made.code}/action", {"action": action}, format="json")
        target = EXPECTED[KINDS[type]].get((status, action))
        if target is not None:
            assert (answer.status_code, answer.json()["data"]["status"]) == (200, target)
        elif status == "COMPLETED":
            assert (answer.status_code, answer.json()["code"]) == (400, "TICKET_ALREADY_COMPLETED")
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "TICKET_TRANSITION_NOT_ALLOWED")


@pytest.mark.parametrize("address", ["patch /api/v2/tickets/{}", "put /api/ticket/{}"])
@pytest.mark.parametrize(("type", "status"), EVERYWHERE)
def test_naming_a_state_leads_there_only_by_a_way_of_the_table(
    api: APIClient, type: str, status: str, address: str
) -> None:
    made = ticket(type, status=status)
    method, path = address.format(made.code).split()
    reachable = {target for (source, _move), target in EXPECTED[KINDS[type]].items() if source == status}
    if KINDS[type] == "return":
        reachable -= {"PENDING_FINANCE"}  # Only where goods come to somebody who may not give the money.

    for wanted in TicketStatus.values:
        Ticket.objects.filter(pk=made.pk).update(status=status, completed_at=made.completed_at)
        answer = getattr(api, method)(path, {"status": wanted}, format="json")
        if wanted == status or wanted in reachable:
            assert (answer.status_code, answer.json()["data"]["status"]) == (200, wanted)
        else:
            code = "TICKET_ALREADY_COMPLETED" if status == "COMPLETED" else "TICKET_TRANSITION_NOT_ALLOWED"
            assert (wanted, answer.json()["code"]) == (wanted, code)


def test_a_way_of_the_seeds_from_new_to_done(api: APIClient) -> None:
    code = api.post("/api/v2/tickets", {"phone": "0909318264", "type": "WARRANTY"}, format="json").json()["data"][
        "ticket_code"
    ]

    seen = [
        api.patch(f"/api/v2/tickets/{code}", body, format="json").json()["data"]
        for body in (
            {"status": "IN_PROGRESS", "assigned_to": "lan"}, {"status": "PENDING_GOODS"}, {"status": "COMPLETED"},
        )
    ]  # fmt: skip

    assert [row["status"] for row in seen] == ["IN_PROGRESS", "PENDING_GOODS", "COMPLETED"]
    assert [row["waits_for"] for row in seen] == ["shop", "customer", "nobody"]
    assert seen[-1]["completed_at"]
    assert [line["action"] for line in seen[-1]["action_history"]] == [
        "created", "updated", "start", "wait_goods", "complete",
    ]  # fmt: skip


BEGINNINGS = [
    ("BOOM", "", "PENDING_GOODS"), ("RETURN_CLIENT", "", "PENDING_GOODS"), ("RETURN_SHIPPER", "", "PENDING_GOODS"),
    ("FIX_COD", "REJECT_PARTIAL", "PENDING_GOODS"), ("FIX_COD", "RETURN_OLD_ORDER", "PENDING_GOODS"),
    ("FIX_COD", "WRONG_SHIP", "PENDING_FINANCE"), ("FIX_COD", "CUSTOMER_DEBT", "PENDING_FINANCE"),
    ("FIX_COD", "DISCOUNT", "PENDING_FINANCE"), ("FIX_COD", "", "PENDING_FINANCE"), ("OTHER", "", "COMPLETED"),
    ("COMPLAINT", "", "PENDING"), ("WARRANTY", "", "PENDING"),
]  # fmt: skip


@pytest.mark.parametrize(("type", "reason", "beginning"), BEGINNINGS)
def test_a_ticket_begins_as_new_or_where_its_form_begins_it(
    api: APIClient, type: str, reason: str, beginning: str
) -> None:
    assert workflow.begins(type, reason) == beginning
    for number, status in enumerate(TicketStatus.values):
        body = {"phone": "0909318264", "type": type, "status": status, "order_id": f"NJD/{number}"}
        answer = api.post("/api/v2/tickets", body | {"fix_cod_reason": reason}, format="json")
        if status in ("PENDING", beginning):
            row = answer.json()["data"]
            assert (row["status"], bool(row["completed_at"])) == (status, status == "COMPLETED")
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "TICKET_TRANSITION_NOT_ALLOWED")
    assert Ticket.objects.count() == len({"PENDING", beginning})


WAITING = {
    ("BOOM", "PENDING_GOODS"): "carrier", ("FIX_COD", "PENDING_GOODS"): "carrier",
    ("RETURN_SHIPPER", "PENDING_GOODS"): "carrier", ("RETURN_CLIENT", "PENDING_GOODS"): "customer",
    ("WARRANTY", "PENDING_GOODS"): "customer", ("BOOM", "PENDING_FINANCE"): "carrier",
    ("FIX_COD", "PENDING_FINANCE"): "carrier", ("RETURN_CLIENT", "PENDING_FINANCE"): "shop",
    ("OTHER", "IN_PROGRESS"): "shop", ("BOOM", "COMPLETED"): "nobody", ("BOOM", "CANCELLED"): "nobody",
}  # fmt: skip


@pytest.mark.parametrize(("at", "whom"), WAITING.items())
def test_somebody_has_the_next_move(at: tuple[str, str], whom: str) -> None:
    assert workflow.waits_for(*at) == Waiting(whom)


def test_the_states_of_old_imports_all_have_a_place() -> None:
    assert workflow.IMPORTED_STATUS == {
        "NEW": "PENDING", "PENDING_RETURN": "PENDING_GOODS", "RECEIVED_VERIFIED": "PENDING_FINANCE",
        "ACCOUNTING_DONE": "PENDING_FINANCE", "VIRTUAL_CREDIT_ISSUED": "PENDING_FINANCE", "COMPLETED": "COMPLETED",
    }  # fmt: skip


@pytest.mark.django_db
def test_goods_of_a_return_wait_for_the_accountant_when_the_warehouse_receives_them(as_role: Any) -> None:
    made = ticket("RETURN_CLIENT", status="PENDING_GOODS", refund_amount=200_000)

    row = as_role(Role.WAREHOUSE).post(f"/api/ticket/{made.code}/action", {"action": "receive_goods"}, format="json")
    assert (row.json()["data"]["status"], row.json()["data"]["wallet_credited"]) == ("PENDING_FINANCE", False)

    changing.move(caller=ACCOUNTANT, ticket_id=made.pk, move=Move.SETTLE)

    made.refresh_from_db()
    assert (made.status, made.customer.wallet.real_vnd) == ("COMPLETED", 200_000)
    assert made.received_at is not None
