"""Customer 360 in one statement: each app's panel is a database function, and here they are put side by side.

v1 and v2 answer the same. `rfm` is null before the first score.
"""

from customers.api.wire import CUSTOMER, JUDGED, rows
from customers.phones import canonical_phone
from customers.queries import CustomerNotFound, column_meant
from n2store.json_sql import flag, json, object_of, passed, text

ACTIVITIES_MAX = 20
NOTES_MAX = 200
LOTS_MAX = 100
TRANSFERS_MAX = 20
TICKETS_MAX = 20
TRANSACTIONS_GLANCED_MAX = 5
PANELS = f"""
    FROM customers_customer c {JUDGED}, wallets_card(c.id, %(lots)s) AS wallet,
         banking_card(c.id, %(transfers)s) AS bank, customers_rfm_card(c.id) AS rfm
"""
_CARD = object_of(
    {
        "customer": object_of(
            {
                **CUSTOMER,
                "tpos_data": json("c.tpos_data"),
                "field_sources": json("c.field_sources"),
                "wallet_balance": json("wallet->'balance'"),
                "wallet_virtual_balance": json("wallet->'virtualBalance'"),
                "wallet_total": json("wallet->'total'"),
                "ticketStats": json("tickets->'ticketStats'"),
                "rfm": json("rfm"),
                "risk_flags": json("customers_risk_flags(c.id)"),
            }
        ),
        "wallet": json("wallet"),
        "recentTickets": json("tickets->'recentTickets'"),
        "ticketMoney": json("tickets->'ticketMoney'"),
        "recentActivities": json("customers_activities(c.id, %(activities)s)"),
        "notes": json("customers_notes(c.id, %(notes)s)"),
        "transfers": json("bank->'transfers'"),
        "pending_deposits": json("bank->'pending_deposits'"),
        "rfm": json("rfm"),
    }
)
CARD = f"SELECT {passed(_CARD)} {PANELS}, tickets_card(c.id, %(tickets)s) AS tickets"
_GLANCE = object_of(
    {
        "customer": object_of(
            {
                **CUSTOMER,
                "wallet_balance": json("wallet->'balance'"),
                "wallet_virtual_balance": json("wallet->'virtualBalance'"),
            }
        ),
        "source": text("'customer360'::text"),
        "isFromTpos": flag("false"),
        "wallet": object_of(
            {
                "balance": json("wallet->'balance'"),
                "virtual_balance": json("wallet->'virtualBalance'"),
                "total": json("wallet->'total'"),
            }
        ),
        "pending_deposits": json("bank->'pending_deposits'"),
        "recent_transactions": json("wallets_glance(c.id, %(transactions)s)"),
    }
)
GLANCE = f"SELECT {passed(_GLANCE)} {PANELS}"


def card(identifier: str) -> bytes:
    """Return the Customer 360 object of an id or a phone, as JSON.

    Raises:
        InvalidPhone: it looks like a phone and is none.
        CustomerNotFound: nobody has it.
    """
    column, value = column_meant(identifier)
    return _found(CARD, column, value)


def card_by_phone(phone: str) -> bytes:
    """Return the Customer 360 object of a phone in any spelling, as JSON.

    Raises:
        InvalidPhone: the text is no phone.
        CustomerNotFound: nobody has it.
    """
    return _found(CARD, "phone", canonical_phone(phone))


def glance_by_phone(phone: str) -> bytes:
    """Return the quick view of a phone in any spelling, as JSON.

    Raises:
        InvalidPhone: the text is no phone.
        CustomerNotFound: nobody has it.
    """
    return _found(GLANCE, "phone", canonical_phone(phone))


def _found(statement: str, column: str, value: str | int) -> bytes:
    assert column in ("id", "phone")
    found = rows(
        f"{statement} WHERE c.{column} = %(value)s",
        {
            "value": value,
            "lots": LOTS_MAX,
            "transfers": TRANSFERS_MAX,
            "tickets": TICKETS_MAX,
            "activities": ACTIVITIES_MAX,
            "notes": NOTES_MAX,
            "transactions": TRANSACTIONS_GLANCED_MAX,
        },
    )
    if found is None:
        raise CustomerNotFound("Customer not found")
    data: bytes = found[0]
    return data
