"""What a newcomer reads once the shop is open."""

import os
import shlex
from pathlib import Path

from n2store.launch import simulated
from n2store.launch.place import Place


def welcome(place: Place) -> str:
    """The address, the demo logins, and a first transfer ready to paste."""
    secrets_file, logins = shlex.quote(_short(place.secrets_file)), place.home / "logins.txt"
    if os.environ.get("SEPAY_API_KEY"):
        source, key = "of your environment", "${SEPAY_API_KEY%%,*}"
    else:
        source, key = f"in {secrets_file}", f"$(sed -n s/^SEPAY_API_KEY=//p {secrets_file})"
    lines = [
        "",
        f"N2Store is open:  {place.address}/        (admin: {place.address}/admin/, API: {place.address}/api/docs)",
        "",
    ]
    if logins.is_file():
        lines += [f"Demo logins, kept in {_short(logins)}:", *_indented(logins.read_text(encoding="utf-8")), ""]
    lines += [
        f"SePay's key is SEPAY_API_KEY {source}. A first transfer:",
        "",
        f"  curl {place.address}/api/sepay/webhook -H 'Content-Type: application/json' \\",
        f'    -H "Authorization: Apikey {key}" \\',
        """    -d '{"id": '$(date +%s)', "gateway": "ACB", "transactionDate": "'"$(date '+%F %T')"'",""",
        """         "accountNumber": "75918", "content": "0901234567 GD 1", "transferType": "in",""",
        """         "transferAmount": 350000, "accumulated": 18250000}'""",
        "",
        *_payos(place),
        f"Logs are in {_short(place.logs)}; N2STORE_LOG=all shows them here. Ctrl-C stops everything.",
        "",
    ]
    return "\n".join(lines)


def _payos(place: Place) -> list[str]:
    """How one tops up where PayOS is played."""
    if not (page := simulated.payos_page()):
        return []
    return [
        f"PayOS is played at {page}: start a top-up at a customer ({place.address}/admin/customers/customer/),",
        "then press there what the payer does: pay, pay a part, pay late, cancel. No real money moves.",
        "",
    ]


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines() if line.strip()]


def _short(path: Path) -> str:
    """`path` from where the reader stands, when it is below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
