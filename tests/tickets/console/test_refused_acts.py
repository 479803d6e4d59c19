"""An act that is refused at a ticket's page: nothing is done, and nothing that was typed is lost."""

import re
from typing import Any

import pytest
from django.test import Client

from n2store.models import AuditLog
from n2store.roles import Role
from tests.factories.staff import logged_in
from tests.factories.tickets import CARE, OWNER, ticket
from tickets import changing
from tickets.claiming import claim
from tickets.models import Claim, ClaimKind, Compensation, Ticket, WriteOff
from tickets.workflow import Move
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

QUERIES = 28
GOODS = [{"name": "Áo thun", "price": 150_000, "quantity": 2, "returnQuantity": 2}]
TYPED: dict[str, dict[str, str]] = {
    "resolve": {"kind": "virtual_credit", "amount": "300.000", "note": "Đã hứa với khách"},
    "credit": {"amount": "120.000", "days": "9", "note": "Đã hứa với khách"},
    "claim": {"kind": "spoiled", "amount": "50.000", "received": "10.000", "note": "Rách tay áo"},
    "write-off": {"which": "owed_to-customer", "reason": "Khách tặng lại"},
    "note": {"note": "Khách hẹn thứ Bảy"},
    "assign": {"assigned_to": "Lan", "priority": "urgent", "refund_number": "RF/7"},
}


@pytest.fixture
def accountant() -> Client:
    return logged_in(Role.ACCOUNTANT)


@pytest.fixture
def made() -> Ticket:
    return ticket("RETURN_CLIENT", status="PENDING_GOODS", products=GOODS, refund_amount=300_000, order_id="NJD/1")


def page_of(made: Ticket, act: str = "change") -> str:
    return f"/admin/tickets/ticket/{made.pk}/{act}/"


def seen(client: Client, made: Ticket) -> str:
    return str(client.get(page_of(made)).context["seen"])


def form_of(answer: Any, act: str) -> Any:
    return answer.context[f"{act.replace('-', '_')}_form"]


def shown(answer: Any, act: str) -> dict[str, str]:
    """Return what stands in the fields of an act."""
    return {bound.name: str(bound.value()) for bound in form_of(answer, act) if bound.value() is not None}


def drawn_in(answer: Any, act: str) -> list[str]:
    """Return the HTML of an act's forms."""
    return re.findall(rf'<form method="post" action="[^"]*/{act}/".*?</form>', answer.content.decode(), re.DOTALL)


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


REFUSED: list[tuple[str, dict[str, str], int, str]] = [
    ("resolve", {"amount": "1,5"}, 400, "amount"),
    ("resolve", {"amount": "400.000"}, 400, "amount"),  # More than the goods are worth.
    ("resolve", {"amount": "120.000"}, 409, "amount"),  # The customer would still be owed money.
    ("resolve", {"kind": "cash"}, 400, "kind"),
    ("resolve", {"note": "x" * 501}, 400, "note"),
    ("credit", {"days": "999"}, 400, "days"),
    ("credit", {"amount": ""}, 400, "amount"),
    ("credit", {"amount": "400.000"}, 400, "amount"),
    ("claim", {"amount": "nhiều"}, 400, "amount"),
    ("claim", {"kind": "cod", "amount": "900.000"}, 400, "amount"),  # More than the parcel was to bring.
    ("claim", {"received": "60.000"}, 400, "received"),
    ("write-off", {"reason": " "}, 400, "reason"),
    ("write-off", {"which": "owed_by-carrier"}, 400, "which"),
    ("note", {"note": "x" * 5_001}, 400, "note"),
    ("note", {"note": "  "}, 400, "note"),
    ("assign", {"priority": "now"}, 400, "priority"),
    ("assign", {"refund_number": "R" * 51}, 400, "refund_number"),
]


@pytest.mark.parametrize(("act", "wrong", "status", "field"), REFUSED)
def test_what_was_typed_stands_there_again_with_what_is_wrong_beside_it(
    accountant: Client, act: str, wrong: dict[str, str], status: int, field: str
) -> None:
    made = ticket("RETURN_CLIENT", status="PENDING_GOODS", products=GOODS, refund_amount=300_000, original_cod=300_000)
    given = TYPED[act] | wrong

    answer = accountant.post(page_of(made, act), given | {"seen": seen(accountant, made)})

    assert (answer.status_code, len(told(answer))) == (status, 1)
    assert shown(answer, act) == given
    assert list(form_of(answer, act).errors) == [field]
    assert any('class="n2-error" role="alert"' in form for form in drawn_in(answer, act))
    assert AuditLog.objects.filter(subject=f"ticket:{made.code}", outcome="refused").count() == 1
    made.refresh_from_db()
    assert (made.status, len(made.history), Wallet.objects.get().virtual_vnd) == ("PENDING_GOODS", 1, 0)
    assert not any(rows.objects.exists() for rows in (Claim, WriteOff, Compensation))


@pytest.mark.parametrize("act", ["resolve", "credit", "claim", "write-off"])
def test_only_the_form_that_was_refused_is_open(accountant: Client, made: Ticket, act: str) -> None:
    fresh = accountant.get(page_of(made)).content.decode()
    refused = accountant.post(page_of(made, act), {"seen": seen(accountant, made), "amount": "?"}).content.decode()

    one_open = re.findall(rf'<details class="n2-more"[^>]* open>.*?/{act}/"', refused, re.DOTALL)
    assert (len(re.findall("<details[^>]* open>", refused)), len(one_open)) == (1, 1)
    assert not re.search("<details[^>]* open>", fresh)


@pytest.mark.parametrize("act", TYPED)
def test_after_a_colleagues_change_what_was_typed_waits_for_another_press(
    accountant: Client, made: Ticket, act: str
) -> None:
    before = seen(accountant, made)
    changing.add_note(caller=CARE, ticket_id=made.pk, note="Đã gọi khách")

    first = accountant.post(page_of(made, act), TYPED[act] | {"seen": before})
    kept, history = shown(first, act), len(Ticket.objects.get().history)
    again = accountant.post(page_of(made, act), kept | {"seen": str(first.context["seen"])})

    assert (first.status_code, kept, history) == (409, TYPED[act], 2)
    assert "cskh" in told(first)[0]
    assert "Đã gọi khách" in first.content.decode()
    assert (again.status_code, len(Ticket.objects.get().history)) == (302, 3)


def test_what_was_typed_for_an_act_that_is_over_is_shown_and_asks_for_nothing(accountant: Client, made: Ticket) -> None:
    before = seen(accountant, made)
    changing.move(caller=OWNER, ticket_id=made.pk, move=Move.RECEIVE)

    late = accountant.post(page_of(made, "resolve"), TYPED["resolve"] | {"seen": before})
    later = accountant.post(page_of(made, "resolve"), TYPED["resolve"] | {"note": "<b>Xin lỗi</b>"})

    assert [answer.status_code for answer in (late, later)] == [409, 400]
    assert all("resolve_form" not in answer.context and not drawn_in(answer, "resolve") for answer in (late, later))
    assert late.context["unsent"] == [("Số tiền", "300.000"), ("Ghi chú", "Đã hứa với khách")]
    assert "<bdi>&lt;b&gt;Xin lỗi&lt;/b&gt;</bdi>" in later.content.decode()
    assert (Wallet.objects.get().real_vnd, Wallet.objects.get().virtual_vnd) == (300_000, 0)


def test_what_was_typed_is_text_and_no_page(accountant: Client, made: Ticket) -> None:
    evil = "</textarea><script>alert(1)</script>"

    answers = [
        accountant.post(page_of(made, act), TYPED[act] | wrong)
        for act, wrong in [("note", {"note": evil + "x" * 5_000}), ("assign", {"assigned_to": '"><script>' * 20})]
    ]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert not any(re.search(r"</textarea><script>|\"><script>\"", answer.content.decode()) for answer in answers)


def test_the_page_after_a_refusal_is_the_tickets(accountant: Client, made: Ticket, django_assert_num_queries) -> None:
    body = TYPED["resolve"] | {"amount": "?", "seen": seen(accountant, made)}

    with django_assert_num_queries(QUERIES):
        answer = accountant.post(page_of(made, "resolve"), body)

    page = answer.content.decode()
    assert f'href="{page_of(made)}" data-changed="{made.code}"' in page
    assert re.search(r'id="resolve-amount"[^>]*autofocus|autofocus[^>]*id="resolve-amount"', page)


def test_care_that_gives_credit_past_the_page_reads_why_not(made: Ticket) -> None:
    care = logged_in(Role.CUSTOMER_CARE)

    answer = care.post(page_of(made, "credit"), TYPED["credit"])

    assert (answer.status_code, drawn_in(answer, "credit"), Wallet.objects.get().virtual_vnd) == (403, [], 0)
    assert len(told(answer)) == 1


def test_zero_takes_back_what_was_claimed(accountant: Client, made: Ticket) -> None:
    for amount, received in [("50.000", "0"), ("50.000", "10.000"), ("0", "0")]:
        body = TYPED["claim"] | {"amount": amount, "received": received, "seen": seen(accountant, made)}
        answer = accountant.post(page_of(made, "claim"), body)
        assert answer.status_code == 302

    made.refresh_from_db()
    said = [(line["amount"], line["received"]) for line in made.history if line["action"] == "claimed"]
    assert (said, Claim.objects.count()) == ([(50_000, 0), (50_000, 10_000), (0, 0)], 0)


@pytest.fixture
def owing() -> Ticket:
    """Return a parcel on which the shop owes the carrier, and the carrier owes the shop."""
    made = ticket("BOOM", status="PENDING_GOODS", refund_amount=450_000)
    claim(caller=OWNER, ticket_id=made.pk, kind=ClaimKind.LOST, amount_vnd=120_000)
    return made


def offered(client: Client, made: Ticket) -> list[tuple[str, str]]:
    return list(client.get(page_of(made)).context["write_off_form"].fields["which"].choices)


def test_each_open_line_is_given_up_by_itself_or_all_of_them(accountant: Client, owing: Ticket) -> None:
    lines = offered(accountant, owing)
    body = {"seen": seen(accountant, owing), "which": "owed_by-carrier", "reason": "ĐVVC không nhận"}
    page = accountant.post(page_of(owing, "write-off"), body, follow=True)
    rest = page.context["write_off_form"]
    accountant.post(page_of(owing, "write-off"), {"seen": str(page.context["seen"]), "reason": "Bỏ qua"})

    assert lines == [
        ("owed_to-carrier", "Bỏ 450.000 ₫ shop nợ ĐVVC"), ("owed_by-carrier", "Bỏ 120.000 ₫ ĐVVC nợ shop"),
        ("all", "Bỏ tất cả: 570.000 ₫"),
    ]  # fmt: skip
    assert "120.000 ₫" in told(page)[0]
    assert [value for value, _ in rest.fields["which"].choices] == ["owed_to-carrier"]
    assert rest["which"].value() == "owed_to-carrier"
    assert {(row.direction, row.amount_vnd, row.reason) for row in WriteOff.objects.all()} == {
        ("owed_by", 120_000, "ĐVVC không nhận"), ("owed_to", 450_000, "Bỏ qua"),
    }  # fmt: skip
    assert "write_off_form" not in accountant.get(page_of(owing)).context


def test_all_is_given_up_only_where_somebody_says_so(accountant: Client, owing: Ticket) -> None:
    body = {"seen": seen(accountant, owing), "reason": "Bỏ qua"}

    silent = accountant.post(page_of(owing, "write-off"), body)
    rows = WriteOff.objects.count()
    accountant.post(page_of(owing, "write-off"), body | {"which": "all"})

    assert (silent.status_code, list(form_of(silent, "write-off").errors), rows) == (400, ["which"], 0)
    assert sum(WriteOff.objects.values_list("amount_vnd", flat=True)) == 570_000
