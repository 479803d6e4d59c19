"""Who is asked, and who tells: banks, sellers' systems, sockets."""

from n2store.settings.environment import env

SEPAY_API_KEYS = env.list("SEPAY_API_KEY", default=[])  # Several while a key is being changed.
SEPAY_HMAC_SECRETS = env.list("SEPAY_HMAC_SECRET", default=[])
SEPAY_API_URL = env("SEPAY_API_URL", default="https://my.sepay.vn")
SEPAY_API_TOKEN = env("SEPAY_API_TOKEN", default="")  # Not the webhook's key. Empty: SePay's list is not asked.
SEPAY_API_TIMEOUT_S = env.float("SEPAY_API_TIMEOUT_S", default=10.0)
SEPAY_API_CALLS_PER_S = env.float("SEPAY_API_CALLS_PER_S", default=2.0)  # SePay refuses more than three.
BANK_OWN_ACCOUNTS = frozenset(env.list("BANK_OWN_ACCOUNTS", default=["75918"]))
CONTINUITY_GRACE_S = env.int("CONTINUITY_GRACE_S", default=120)  # Lines may come in another order for so long.

PAYOS_CLIENT_ID = env("PAYOS_CLIENT_ID", default="")  # The three of one channel; without them nobody tops up.
PAYOS_API_KEY = env("PAYOS_API_KEY", default="")
PAYOS_CHECKSUM_KEY = env("PAYOS_CHECKSUM_KEY", default="")
PAYOS_API_URL = env("PAYOS_API_URL", default="https://api-merchant.payos.vn")
PAYOS_TIMEOUT_S = env.float("PAYOS_TIMEOUT_S", default=10.0)
PAYOS_CALLS_PER_S = env.float("PAYOS_CALLS_PER_S", default=1.0)  # Of the job that asks about links.

TPOS_BASE_URL = env("TPOS_BASE_URL", default="https://tomato.tpos.vn")
TPOS_USERNAME = env("TPOS_USERNAME", default="")  # Empty: TPOS is not asked.
TPOS_PASSWORD = env("TPOS_PASSWORD", default="")
TPOS_CLIENT_ID = env("TPOS_CLIENT_ID", default="tmtWebApp")
TPOS_TIMEOUT_S = env.float("TPOS_TIMEOUT_S", default=10.0)
TPOS_STALE_DAYS = env.int("TPOS_STALE_DAYS", default=30)
TPOS_ORDERS_SINCE_DAYS = env.int("TPOS_ORDERS_SINCE_DAYS", default=365)  # How far back the first run fetches.

PANCAKE_SOCKET_URL = env("PANCAKE_SOCKET_URL", default="wss://pancake.vn/socket/websocket?vsn=2.0.0")
PANCAKE_ORIGIN = env("PANCAKE_ORIGIN", default="https://pancake.vn")
PANCAKE_PAGE_CHANNELS = env.bool("PANCAKE_PAGE_CHANNELS", default=True)  # A channel for each page, beside that of all.
# Seconds between two looks at what Pancake shows and did not tell; one follows each new connection. 0: none.
PANCAKE_CATCH_UP_S = env.float("PANCAKE_CATCH_UP_S", default=600.0)
PANCAKE_HEARTBEAT_S = env.float("PANCAKE_HEARTBEAT_S", default=30.0)  # Three without any frame: the line is dead.
TPOS_SOCKET_DIALECT = env("TPOS_SOCKET_DIALECT", default="rt-2")  # Or chatomni, the older one.
TPOS_SOCKET_URL = env("TPOS_SOCKET_URL", default="")  # Empty: the dialect's own.
CREDENTIALS_KEYS = env.list("CREDENTIALS_KEY", default=[])  # The first seals, each opens; none: SECRET_KEY does both.
