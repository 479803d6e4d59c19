"""Opening tickets."""

from rest_framework.test import APIClient

from customers.models import Customer

NEW = {"phone": "0909318264", "type": "BOOM", "order_id": "NJD/2026/12345", "refund_amount": 350_000}


def test_a_ticket_for_a_new_phone_makes_the_customer(api: APIClient) -> None:
    answer = api.post("/api/v2/tickets", NEW | {"customer_name": "Chị Hoa"}, format="json")

    row = answer.json()["data"]
    assert answer.status_code == 200, answer.content
    assert (row["phone"], row["customer_name"], row["status"], row["refund_amount"]) == (
        "0909318264", "Chị Hoa", "PENDING", 350_000,
    )  # fmt: skip
    assert row["ticket_code"].startswith("TV-20")
    assert Customer.objects.get().wallet.real_vnd == 0
    again = api.get(f"/api/v2/tickets/{row['id']}").json()["data"]
    assert again == api.get(f"/api/v2/tickets/{row['ticket_code']}").json()["data"]
    assert again["wallet_balance"] == 0
    listed = api.get("/api/v2/tickets?status=PENDING&order_id=2026/123").json()
    assert [r["ticket_code"] for r in listed["data"]] == [row["ticket_code"]]
