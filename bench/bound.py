"""What the database alone can do: the rows of a delivery written by plain psycopg, and by the one database function.

`statements` is the bound that the shop is held against: the same rows, each by its INSERT or UPDATE, in one
transaction, without HTTP, without reading the text, without asking whose transfer it is. `function` is what the shop
itself calls.
"""

import json

import psycopg

from bench.dataset import phone
from bench.deliveries import Payment
from n2store.clock import from_wall_time

POINTS = (
    "from django.conf import settings; from banking.matching.scoring import points_json; "
    "print(points_json(settings.MATCH_AUTO_THRESHOLD))"
)
DELIVERY = "INSERT INTO banking_delivery (provider, external_id, body) VALUES ('sepay', %s, %s) RETURNING id"
WALLET = "SELECT id, real_vnd, virtual_vnd, last_sequence FROM wallets_wallet WHERE customer_id = %s FOR UPDATE"
LEDGER = """
    INSERT INTO wallets_transaction (
        wallet_id, sequence, type, amount_vnd, real_before_vnd, real_after_vnd, virtual_before_vnd, virtual_after_vnd,
        source, reference_type, reference_id, key, note, actor, occurred_at
    ) VALUES (%s, %s, 'DEPOSIT', %s, %s, %s, %s, %s, 'BANK_TRANSFER', 'balance_history', %s, %s, %s, 'sepay', %s)
    RETURNING id
"""
BALANCE = """
    UPDATE wallets_wallet SET real_vnd = %s, last_sequence = %s, total_deposited_vnd = total_deposited_vnd + %s,
        updated_at = now() WHERE id = %s
"""
ACTIVITY = """
    INSERT INTO customers_activity (
        customer_id, type, title, description, reference_type, reference_id, icon, color, actor
    ) VALUES (%s, 'WALLET_DEPOSIT', %s, %s, 'wallet_transaction', %s, 'university', 'green', 'sepay')
"""
EVENT = "INSERT INTO n2store_event (name, topics, payload) VALUES (%s, %s, %s)"
TRANSFER = """
    INSERT INTO banking_banktransfer (
        sepay_id, delivery_id, gateway, transferred_at, account_number, sub_account, code, content, direction,
        amount_vnd, accumulated_vnd, reference_code, description, customer_id, wallet_transaction_id, verification,
        match_method, matched_text, verified_at, verified_by
    ) VALUES (%s, %s, %s, %s, %s, '', '', %s, 'in', %s, %s, %s, %s, %s, %s, 'AUTO_APPROVED', %s, %s, now(), '')
"""
FUNCTION = (
    "SELECT transfer_id, is_new, owner_id, method FROM banking_take_transfer("
    "'sepay', 'webhook', %s, %s, %s, %s, %s, '', '', %s, 'in', %s, %s, %s, %s, '', '', %s, %s, %s, NULL, %s, '{}')"
)


def statements(connection: psycopg.Connection, payment: Payment) -> None:
    """Write the rows of one delivery, statement by statement, in one transaction."""
    told, named = payment.fields, payment.qr or payment.phone
    amount, at = told["transferAmount"], from_wall_time(told["transactionDate"])
    note = f"Nạp từ CK ({named})"
    owner_phone = phone(payment.customer)
    with connection.transaction(), connection.cursor() as cursor:
        [delivery_id] = cursor.execute(DELIVERY, [told["id"], json.dumps(told)]).fetchone()
        wallet_id, real, virtual, last = cursor.execute(WALLET, [payment.customer]).fetchone()
        ledger = [wallet_id, last + 1, amount, real, real + amount, virtual, virtual]
        [transaction_id] = cursor.execute(
            LEDGER, [*ledger, str(told["id"]), f"sepay:{told['id']}", note, at]
        ).fetchone()  # fmt: skip
        cursor.execute(BALANCE, [real + amount, last + 1, amount, wallet_id])
        cursor.execute(ACTIVITY, [payment.customer, f"Nạp tiền: {amount:,}đ", note, str(transaction_id)])
        deposit = {
            "customer_id": payment.customer,
            "phone": owner_phone,
            "wallet": {
                "phone": owner_phone,
                "balance": real + amount,
                "virtual_balance": virtual,
                "total": real + amount,
            },
            "transaction": {
                "id": transaction_id,
                "sequence": last + 1,
                "type": "DEPOSIT",
                "amount": amount,
                "note": note,
            },
        }
        cursor.execute(EVENT, ["wallet.deposit", ["wallets", f"wallet:{owner_phone}"], json.dumps(deposit)])
        cursor.execute(
            TRANSFER,
            [
                told["id"], delivery_id, told["gateway"], at, told["accountNumber"], told["content"], amount,
                told["accumulated"], told["referenceCode"], told["description"], payment.customer, transaction_id,
                "qr_code" if payment.qr else "exact_phone", named,
            ],
        )  # fmt: skip
        received = told | {"customer_id": payment.customer, "customer_phone": owner_phone}
        cursor.execute(EVENT, ["transfer.received", ["transfers", f"customer:{owner_phone}"], json.dumps(received)])


def function(points: str, connection: psycopg.Connection, payment: Payment) -> None:
    """Take one delivery as the shop does: one call, one round trip and a commit. `points` is what POINTS prints."""
    told = payment.fields
    with connection.transaction():
        connection.execute(
            FUNCTION,
            [
                told["id"], json.dumps(told), told["gateway"], from_wall_time(told["transactionDate"]),
                told["accountNumber"], told["content"], told["transferAmount"], told["accumulated"],
                told["referenceCode"], told["description"], payment.qr, [payment.phone] if payment.phone else None,
                ["phone", payment.phone, "E5"] if payment.phone else ["none", None, "E9"], points,
            ],
        )  # fmt: skip
