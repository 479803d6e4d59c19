"""Changing a ticket by hand: who sees which field, what is sent, and what becomes of it when a colleague was first."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from n2store.clock import VIETNAM
from n2store.models import AuditLog
from n2store.roles import Role
from tests.factories.staff import logged_in
from tests.factories.tickets import CARE, OWNER, ticket
from tests.threads import at_once
from tests.tickets.test_admin import HOSTILE
from tickets import changing
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

BASE = "/admin/tickets/ticket"
QUERIES = 8
AO = {
    "id": 71, "productId": 9, "code": "AO1", "name": "Áo thun", "price": 150_000, "quantity": 2, "total": 300_000,
    "note": "đỏ", "imageUrl": "https://x/1.jpg", "returnQuantity": 1, "sku": {"a": [1]},
}  # fmt: skip
VAY = {"code": "VAY1", "price": "200000", "quantity": 1}
MONEY = {"amount", "cod", "goods"}
CARRIED = {"parcel", "carrier", "subject", "description", "internal_note"}
TEXTS = {
    "amount": "450.000", "cod": "500.000", "parcel": "SPX001VN", "carrier": "SPX", "deadline": "2026-12-01T10:00",
    "subject": "Khách từ chối", "description": "Gọi lại\nlúc 5 giờ", "internal_note": "Khách quen",
}  # fmt: skip


@pytest.fixture
def accountant() -> Client:
    return logged_in(Role.ACCOUNTANT)


def edit_of(made: Ticket) -> str:
    return f"{BASE}/{made.pk}/edit/"


def drawn(page: Any) -> dict[str, str]:
    """Return the fields as a browser would send them, untouched; it ends lines with two characters."""
    form, lines = page.context["form"], page.context["goods"]
    fields = [field for one in (form, *lines) for field in one if field.name != "gone"]
    return {field.html_name: str(field.value() or "").replace("\n", "\r\n") for field in fields}


def whole(page: Any) -> dict[str, str]:
    return drawn(page) | {name: str(page.context[name]) for name in ("seen", "sheet")}


def opened(client: Client, made: Ticket) -> dict[str, str]:
    return whole(client.get(edit_of(made)))


def shown(client: Client, made: Ticket) -> set[str]:
    page = client.get(edit_of(made))
    return set(page.context["form"].fields) | ({"goods"} if page.context["goods"] else set())


def a_return(*products: dict[str, Any], **given: Any) -> Ticket:
    return ticket("RETURN_CLIENT", status="PENDING_GOODS", products=list(products or (AO, VAY)), **given)


def refreshed(made: Ticket) -> Ticket:
    return Ticket.objects.get(pk=made.pk)


def test_every_field_is_changed_and_history_names_only_what_was(accountant):
    made = ticket("BOOM", refund_amount=100_000)

    answer = accountant.post(edit_of(made), opened(accountant, made) | TEXTS)

    now = refreshed(made)
    assert answer.headers["Location"] == f"{BASE}/{made.pk}/change/"
    assert (now.refund_vnd, now.original_cod_vnd, now.tracking_code, now.carrier, now.subject) == (
        450_000, 500_000, "SPX001VN", "SPX", "Khách từ chối",
    )  # fmt: skip
    assert (now.description, now.internal_note) == ("Gọi lại\nlúc 5 giờ", "Khách quen")
    assert now.carrier_deadline_at == datetime(2026, 12, 1, 10, tzinfo=VIETNAM)
    assert drawn(accountant.get(edit_of(made))).items() >= (TEXTS | {"description": "Gọi lại\r\nlúc 5 giờ"}).items()

    accountant.post(edit_of(made), opened(accountant, made) | {"carrier": "GHN", "deadline": ""})
    assert refreshed(made).history[-1]["fields"] == ["carrier", "carrier_deadline_at"]


def test_what_nobody_touched_is_not_sent_however_it_is_spelled(accountant):
    made = a_return(AO | {"quantity": 20_000, "price": 0, "name": " Áo \n thun "}, {"weight": 3}, VAY)
    Ticket.objects.filter(pk=made.pk).update(
        description=" Hai\r\ndòng ", subject="a\n b", tracking_code="mã lạ", carrier_deadline_at=datetime.now(VIETNAM)
    )
    before = Ticket.objects.filter(pk=made.pk).values().get()

    answer = accountant.post(edit_of(made), opened(accountant, made), follow=True)

    assert [str(message) for message in answer.context["messages"]] == ["Không có gì thay đổi."]
    assert Ticket.objects.filter(pk=made.pk).values().get() == before


def test_what_was_not_sent_is_not_emptied(accountant):
    made = a_return(refund_amount=100_000, carrier="GHN")

    accountant.post(edit_of(made), {"seen": opened(accountant, made)["seen"], "subject": "Mới", "good-0-name": "Áo"})

    now = refreshed(made)
    assert (now.subject, now.carrier, now.refund_vnd) == ("Mới", "GHN", 100_000)
    assert now.products == [AO | {"name": "Áo"}, VAY]


def test_goods_keep_what_the_page_does_not_show(accountant):
    made = a_return()
    typed = {
        "good-0-name": "Áo thun đỏ", "good-0-quantity": "3", "good-1-back": "1", "good-2-name": "Quần",
        "good-2-price": "90.000",
    }  # fmt: skip

    accountant.post(edit_of(made), opened(accountant, made) | typed)

    now = refreshed(made)
    assert now.products == [
        AO | {"name": "Áo thun đỏ", "quantity": 3, "total": 450_000},
        VAY | {"returnQuantity": 1},
        {"name": "Quần", "price": 90_000, "quantity": 1, "returnQuantity": 1},
    ]
    assert (now.refund_vnd, now.history[-1]["fields"]) == (440_000, ["products", "refund_vnd"])


def test_a_line_is_taken_away_and_another_field_of_it_is_emptied(accountant):
    made = a_return(AO, VAY | {"name": "Váy", "returnQuantity": 1}, AO | {"total": 5})

    typed = {"good-0-gone": "on", "good-0-name": "", "good-1-price": "", "good-2-back": "", "good-2-price": "140000"}
    accountant.post(edit_of(made), opened(accountant, made) | typed)

    assert refreshed(made).products == [
        {"code": "VAY1", "name": "Váy", "quantity": 1, "returnQuantity": 1},
        AO | {"total": 5, "returnQuantity": 2, "price": 140_000},
    ]


@pytest.mark.parametrize("count", [0, 5, 200])
def test_every_row_of_goods_is_there_and_comes_back_whole(accountant, count):
    rows = [AO | {"id": number, "name": f"Áo {number}"} for number in range(count)]
    made = ticket("RETURN_CLIENT", status="PENDING_GOODS", products=rows)
    form = opened(accountant, made)

    accountant.post(edit_of(made), form | ({f"good-{count - 1}-note": "x", "good-0-back": "2"} if count else {}))

    assert sum(name.endswith("-name") for name in form) == count + 3
    assert refreshed(made).products == [row | ({"returnQuantity": 2} if not row["id"] else {}) for row in rows]


@pytest.mark.parametrize(
    ("role", "status", "names"),
    [
        (Role.OWNER, "PENDING", MONEY | CARRIED | {"deadline"}),
        (Role.ACCOUNTANT, "PENDING", MONEY | CARRIED | {"deadline"}),
        (Role.CUSTOMER_CARE, "PENDING", CARRIED | {"deadline"}),
        (Role.WAREHOUSE, "PENDING_GOODS", CARRIED | {"deadline"}),
        (Role.OWNER, "COMPLETED", CARRIED),
        (Role.CUSTOMER_CARE, "CANCELLED", CARRIED),
    ],
)
def test_each_role_is_shown_what_it_may_still_change(role, status, names):
    made, client = ticket("BOOM", status=status), logged_in(role)
    page = client.get(f"{BASE}/{made.pk}/change/").content.decode()

    assert shown(client, made) == names
    assert edit_of(made) in page


def test_a_lowered_cod_has_its_reason_and_the_new_cod(accountant):
    made = ticket("FIX_COD", original_cod=350_000, new_cod=300_000, fix_cod_reason="DISCOUNT")
    assert shown(accountant, made) == MONEY | CARRIED | {"deadline", "new_cod", "reason"}

    accountant.post(edit_of(made), opened(accountant, made) | {"new_cod": "250.000", "reason": "WRONG_SHIP"})
    silent = accountant.post(edit_of(made), opened(accountant, made) | {"reason": ""})

    now = refreshed(made)
    assert (now.new_cod_vnd, now.refund_vnd, now.fix_cod_reason) == (250_000, 100_000, "WRONG_SHIP")
    assert (silent.status_code, set(silent.context["form"].errors)) == (400, {"reason"})


def test_who_only_looks_has_no_such_page_and_that_is_kept():
    made, viewer = ticket("BOOM"), logged_in(Role.VIEWER)

    assert (viewer.get(edit_of(made)).status_code, viewer.post(edit_of(made), {}).status_code) == (403, 403)
    assert edit_of(made) not in viewer.get(f"{BASE}/{made.pk}/change/").content.decode()
    assert AuditLog.objects.filter(subject=f"ticket:{made.code}", outcome="refused").count() == 2


@pytest.mark.parametrize("role", [Role.CUSTOMER_CARE, Role.WAREHOUSE])
@pytest.mark.parametrize(
    "forged", [{"amount": "9.000"}, {"cod": "9.000"}, {"new_cod": "9.000"}, {"good-0-name": "Áo", "good-1-name": "Váy"}]
)
def test_money_and_goods_are_not_changed_past_the_page(role, forged):
    made, client = a_return(refund_amount=100_000), logged_in(role)

    answer = client.post(edit_of(made), opened(client, made) | {"subject": "Khác"} | forged)

    now = refreshed(made)
    assert answer.status_code == 403
    assert (now.refund_vnd, now.original_cod_vnd, now.new_cod_vnd, now.products, now.subject) == (
        100_000, None, None, made.products, "",
    )  # fmt: skip
    assert AuditLog.objects.filter(code="PERMISSION_ACCOUNTANT", actor=f"staff-{role}").exists()
    assert drawn(answer).items() >= ({"subject": "Khác"} | forged).items()


@pytest.mark.parametrize(("status", "code"), [("COMPLETED", 400), ("CANCELLED", 409)])
def test_the_money_of_a_closed_ticket_stays_past_the_page(accountant, status, code):
    made = ticket("BOOM", refund_amount=100_000, status=status)

    answer = accountant.post(edit_of(made), opened(accountant, made) | {"amount": "5.000"})

    assert (answer.status_code, refreshed(made).refund_vnd) == (code, 100_000)
    assert drawn(answer)["amount"] == "5.000"


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"amount": "-5"}, "amount"), ({"cod": "1,5"}, "cod"), ({"parcel": "mã đơn"}, "parcel"),
        ({"parcel": "x" * 101}, "parcel"), ({"carrier": "x" * 51}, "carrier"), ({"deadline": "mai"}, "deadline"),
        ({"deadline": "0026-12-01T10:00"}, "deadline"), ({"subject": "a\0b"}, "subject"),
        ({"good-0-name": ""}, "name"), ({"good-0-back": "-1"}, "back"), ({"good-1-quantity": "20000"}, "quantity"),
        ({"good-3-price": "5000"}, "name"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field_and_all_that_was_typed_stays(accountant, typed, wrong):
    made = a_return()
    form = opened(accountant, made) | {"description": "Đang gõ", "good-4-name": "Quần"} | typed

    answer = accountant.post(edit_of(made), form)

    forms = [answer.context["form"], *answer.context["goods"]]
    assert answer.status_code == 400
    assert {name for one in forms for name in one.errors} == {wrong}
    assert drawn(answer).items() <= form.items()
    assert refreshed(made).history == made.history


@pytest.mark.parametrize(
    "typed", [{"good-0-back": "5"}, {"amount": "900.000"}, {"good-0-back": "0", "good-1-back": "0"}]
)
def test_what_the_service_refuses_is_told_and_all_that_was_typed_stays(accountant, typed):
    made = a_return()
    form = opened(accountant, made) | {"subject": "Đang gõ"} | typed

    answer = accountant.post(edit_of(made), form)

    assert (answer.status_code, bool(answer.context["refused"])) == (400, True)
    assert drawn(answer).items() <= form.items()
    assert AuditLog.objects.filter(subject=f"ticket:{made.code}", outcome="refused").count() == 1
    assert refreshed(made).subject == ""


def test_a_colleagues_change_is_not_written_over_and_what_one_typed_stays(accountant):
    made = a_return(subject="Cũ", carrier="GHN")
    form = opened(accountant, made) | {"subject": "Của tôi", "amount": "120.000"}
    changing.change(
        caller=CARE, ticket_id=made.pk, given={"subject": "Của bạn", "carrier": "SPX", "description": "Mới"}
    )

    answer = accountant.post(edit_of(made), form)

    again = whole(answer)
    assert (answer.status_code, "cskh vừa sửa phiếu này" in answer.context["refused"]) == (409, True)
    assert (again["subject"], again["amount"], again["carrier"], again["description"]) == (
        "Của tôi", "120.000", "SPX", "Mới",
    )  # fmt: skip
    assert answer.context["form"].errors == {"subject": ["Hiện trên phiếu: Của bạn"]}
    assert (refreshed(made).subject, refreshed(made).refund_vnd) == ("Của bạn", 150_000)

    accountant.post(edit_of(made), again)
    now = refreshed(made)
    assert (now.subject, now.carrier, now.description, now.refund_vnd) == ("Của tôi", "SPX", "Mới", 120_000)


def test_goods_that_a_colleague_changed_are_not_written_over(accountant):
    quan = {"id": 73, "name": "Quần", "price": 50_000, "quantity": 1}
    made = a_return(AO, VAY, quan, {"name": "Nón"})
    form = opened(accountant, made) | {
        "good-0-back": "2", "good-2-quantity": "4", "good-3-price": "10.000", "good-4-name": "Giày",
    }  # fmt: skip
    theirs = [{"name": "Thêm"}, AO | {"note": "xanh"}, quan | {"quantity": 3}, VAY | {"quantity": 5}]
    changing.change(caller=OWNER, ticket_id=made.pk, given={"products": theirs})

    answer = accountant.post(edit_of(made), form)
    lines = answer.context["goods"]
    accountant.post(edit_of(made), whole(answer))

    assert answer.status_code == 409
    assert [line.errors.get("name") for line in lines[:6]] == [
        None, None, ["Hiện trên phiếu: Quần · 50.000 · 3 · –"], None, None, None,
    ]  # fmt: skip
    assert refreshed(made).products == [
        {"name": "Thêm"}, AO | {"note": "xanh", "returnQuantity": 2}, quan | {"quantity": 4}, VAY | {"quantity": 5},
        {"name": "Nón", "price": 10_000, "quantity": 1, "returnQuantity": 1},
        {"name": "Giày", "quantity": 1, "returnQuantity": 1},
    ]  # fmt: skip


@pytest.mark.parametrize("given", [{"seen": ""}, {"seen": "9"}, {"seen": "٣"}, {"seen": "", "sheet": "x"}])
def test_a_form_that_does_not_say_what_it_saw_changes_nothing_yet(accountant, given):
    made = a_return()
    form = opened(accountant, made) | {"subject": "Mới", "good-0-back": "2"}

    answer = accountant.post(edit_of(made), form | given)

    assert (answer.status_code, refreshed(made).history) == (409, made.history)
    assert drawn(answer).items() <= form.items()


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_save_at_once_one_does():
    made, client = a_return(), logged_in(Role.ACCOUNTANT)
    form = opened(client, made)
    clients = [Client() for _ in range(8)]
    for other in clients:
        other.cookies = client.cookies

    answers = at_once(lambda other: other.post(edit_of(made), form | {"subject": f"{id(other)}"}), clients)

    assert sorted(answer.status_code for answer in answers) == [302] + [409] * 7
    assert len(refreshed(made).history) == 2


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_page_costs_the_same_however_much_there_is(accountant, django_assert_num_queries, count):
    made = a_return(*[AO | {"id": number} for number in range(count)])

    with django_assert_num_queries(QUERIES):
        accountant.get(edit_of(made))


def test_what_strangers_wrote_is_shown_harmless(accountant):
    made = a_return({"name": HOSTILE, "code": HOSTILE}, subject=HOSTILE, description=HOSTILE, carrier=HOSTILE[:50])
    form = opened(accountant, made) | {"amount": HOSTILE, "good-1-name": HOSTILE}

    pages = [accountant.get(edit_of(made)), accountant.post(edit_of(made), form)]
    pages.append(accountant.post(edit_of(made), form | {"seen": "9", "sheet": HOSTILE}))

    assert not [page for page in pages if re.search("<script>alert|<img src=x", page.content.decode())]


def test_a_ticket_that_was_deleted_and_a_form_without_its_token_do_nothing(accountant):
    made = ticket("BOOM")
    form = opened(accountant, made) | {"subject": "Mới"}
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = accountant.cookies

    assert strict.post(edit_of(made), form).status_code == 403
    Ticket.objects.filter(pk=made.pk).update(deleted_at=made.created_at, deleted_by="x")
    assert accountant.post(edit_of(made), form).status_code == 404
    assert refreshed(made).subject == ""
