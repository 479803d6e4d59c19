"""How the shop works: who may do what, amounts, days."""

from n2store.settings.environment import env

# --- Whose transfer it is

MATCH_AUTO_THRESHOLD = env.int("MATCH_AUTO_THRESHOLD", default=80)  # 0 to 100; below, a person is asked.
BANK_PARTIAL_AUTO_MIN_DIGITS = env.int("BANK_PARTIAL_AUTO_MIN_DIGITS", default=6)
BANK_RIGHTS: dict[str, list[str]] = env.json(
    "BANK_RIGHTS",
    default={
        "owner": ["approve", "resolve", "link", "edit", "switch", "recover", "topup"],
        "accountant": ["approve", "resolve", "link", "edit", "switch", "recover", "topup"],
        "customer_care": ["resolve", "link", "edit", "topup"],
    },
)  # Role -> what it may do with transfers; what is not named is not allowed.

# --- Top-ups

TOPUPS_ENABLED = env.bool("TOPUPS_ENABLED", default=True)
TOPUP_MIN_VND = env.int("TOPUP_MIN_VND", default=2_000)
TOPUP_MAX_VND = env.int("TOPUP_MAX_VND", default=100_000_000)
TOPUP_MINUTES = env.int("TOPUP_MINUTES", default=15)  # After which a payment link ends.
TOPUP_LINK_DAYS = env.int("TOPUP_LINK_DAYS", default=7)  # For which a link that staff send to a customer is good.
TOPUP_HEARTBEAT_S = env.float("TOPUP_HEARTBEAT_S", default=30.0)
TOPUP_STREAMS_MAX = env.int("TOPUP_STREAMS_MAX", default=5)  # Streams of one person; a browser has six connections.

# --- The shop in figures

ANALYTICS_MAX_AGE_S = env.int("ANALYTICS_MAX_AGE_S", default=10)  # Figures are counted afresh when they are older.

# --- Suspicions

FRAUD_AUTO_BLACKLIST = env.bool("FRAUD_AUTO_BLACKLIST", default=True)  # Otherwise a person confirms first.

# --- Tickets

TICKET_RIGHTS: dict[str, list[str]] = env.json(
    "TICKET_RIGHTS",
    default={
        "owner": ["create", "note", "receive", "settle", "delete"],
        "accountant": ["create", "note", "receive", "settle"],
        "warehouse": ["create", "note", "receive"],
        "customer_care": ["create", "note"],
    },
)  # Role -> what it may do with tickets; what is not named is not allowed.

# --- Money by hand

AMOUNT_LIMIT_VND = env.int("AMOUNT_LIMIT_VND", default=100_000_000)  # Dong, in one go, for anybody.
MONEY_LIMITS_VND: dict[str, dict[str, int]] = env.json(
    "MONEY_LIMITS_VND",
    default={
        "owner": dict.fromkeys(
            ("deposit", "withdraw", "pay_order", "issue_credit", "cancel_credit", "adjust", "reverse"), 100_000_000
        ),
        "accountant": dict.fromkeys(
            ("deposit", "withdraw", "pay_order", "issue_credit", "cancel_credit", "adjust", "reverse"), 50_000_000
        ),
        "customer_care": {"pay_order": 20_000_000},
    },
)  # Role -> action -> dong in one go; what is not named is not allowed.
IDEMPOTENCY_WINDOW_S = env.int("IDEMPOTENCY_WINDOW_S", default=60)  # Same content without a key: one command.

# --- Virtual credit

VIRTUAL_CREDIT_DAYS = env.int("VIRTUAL_CREDIT_DAYS", default=15)
CREDIT_GRACE_DAYS = env.int("CREDIT_GRACE_DAYS", default=3)
