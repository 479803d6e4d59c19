"""Customer 360 in one statement: each app's panel is a database function, and here they are put side by side.

v1 and v2 answer the same. `rfm` is null before the first score.
"""

from customers.api.wire import CUSTOMER, JUDGED, rows
from customers.phones import canonical_phone
from customers.queries import CustomerNotFound, column_meant

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
CARD = f"""
    SELECT json_build_object(
        'customer', json_build_object({CUSTOMER}, 'tpos_data', c.tpos_data, 'field_sources', c.field_sources,
            'wallet_balance', wallet->'balance', 'wallet_virtual_balance', wallet->'virtualBalance',
            'wallet_total', wallet->'total', 'ticketStats', tickets->'ticketStats', 'rfm', rfm,
            'risk_flags', customers_risk_flags(c.id)),
        'wallet', wallet, 'recentTickets', tickets->'recentTickets', 'ticketMoney', tickets->'ticketMoney',
        'recentActivities', customers_activities(c.id, %(activities)s),
        'notes', customers_notes(c.id, %(notes)s),
        'transfers', bank->'transfers', 'pending_deposits', bank->'pending_deposits', 'rfm', rfm
    )::text
    {PANELS}, tickets_card(c.id, %(tickets)s) AS tickets
"""
GLANCE = f"""
    SELECT json_build_object(
        'customer', json_build_object({CUSTOMER}, 'wallet_balance', wallet->'balance',
            'wallet_virtual_balance', wallet->'virtualBalance'),
        'source', 'customer360', 'isFromTpos', false,
        'wallet', json_build_object('balance', wallet->'balance', 'virtual_balance', wallet->'virtualBalance',
            'total', wallet->'total'),
        'pending_deposits', bank->'pending_deposits',
        'recent_transactions', wallets_glance(c.id, %(transactions)s)
    )::text
    {PANELS}
"""


def card(identifier: str) -> str:
    """Return the Customer 360 object of an id or a phone, as JSON.

    Raises:
        InvalidPhone: it looks like a phone and is none.
        CustomerNotFound: nobody has it.
    """
    column, value = column_meant(identifier)
    return _found(CARD, column, value)


def card_by_phone(phone: str) -> str:
    """Return the Customer 360 object of a phone in any spelling, as JSON.

    Raises:
        InvalidPhone: the text is no phone.
        CustomerNotFound: nobody has it.
    """
    return _found(CARD, "phone", canonical_phone(phone))


def glance_by_phone(phone: str) -> str:
    """Return the quick view of a phone in any spelling, as JSON.

    Raises:
        InvalidPhone: the text is no phone.
        CustomerNotFound: nobody has it.
    """
    return _found(GLANCE, "phone", canonical_phone(phone))


def _found(statement: str, column: str, value: str | int) -> str:
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
    return str(found[0])
