"""The page of a simulated payment link: whoever looks at it plays the payer. Loopback only, never part of the shop."""

import html
import threading
from typing import TYPE_CHECKING, Any

from n2store.simulator.answering import Asked, Reply

if TYPE_CHECKING:
    from n2store.simulator.payos import Payos

LATE_AFTER_S = 90.0
"""The shop has closed the link by then: it asks about a new one after a minute."""
CODE_DIGITS_MAX = 16
ACTS = {
    "pay": "Chuyển đủ tiền",
    "half": "Chuyển một nửa",
    "more": "Chuyển dư 10.000",
    "untold": "Chuyển đủ, webhook bị mất",
    "late": "Hết hạn bây giờ, tiền đến sau 90 giây",
    "cancel": "Hủy",
}
STYLE = (
    ":root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}"
    "body{max-width:28rem;margin:2rem auto;padding:0 1rem}"
    "button{display:block;width:100%;margin:.5rem 0;padding:.75rem;font:inherit;border-radius:.5rem}"
    "dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem}dd{margin:0}.note{opacity:.7}"
)


def reply(payos: "Payos", asked: Asked) -> Reply | None:
    """Answer `/`, `/pay/<order code>` and its buttons; None for what is no page."""
    steps = asked.path.strip("/").split("/")
    if asked.method == "GET" and steps == [""]:
        return _page("Liên kết thanh toán", _listed(payos))
    if steps[0] != "pay":
        return None
    code = steps[1] if len(steps) > 1 else ""
    known = code.isascii() and code.isdecimal() and len(code) <= CODE_DIGITS_MAX and int(code) in payos.links
    if not known:
        return _page("Không có liên kết này", "<p>Chương trình giả lập đã khởi động lại?</p>", status=404)
    order_code = int(code)
    if asked.method == "POST" and len(steps) == 3 and steps[2] in ACTS:
        _act(payos, order_code, steps[2])
        return Reply(303, b"", {"Location": f"/pay/{order_code}"})
    return _page("PayOS (giả lập)", _link(payos, order_code)) if asked.method == "GET" and len(steps) == 2 else None


def _act(payos: "Payos", order_code: int, act: str) -> None:
    """Play the payer. What is sent to the shop is sent from a thread: the shop may ask back meanwhile."""
    amount = payos.links[order_code]["amount"]
    match act:
        case "pay":
            _send(payos, payos.pay(order_code))
        case "half":
            _send(payos, payos.pay(order_code, max(1, amount // 2)))
        case "more":
            _send(payos, payos.pay(order_code, amount + 10_000))
        case "untold":
            payos.pay(order_code)
        case "late":
            payos.end(order_code)
            later = threading.Timer(LATE_AFTER_S, lambda: payos.send(payos.shop, payos.pay(order_code)))
            later.daemon = True
            later.start()
        case "cancel":
            payos.cancel(order_code)


def _send(payos: "Payos", body: dict[str, Any]) -> None:
    threading.Thread(target=payos.send, args=(payos.shop, body), daemon=True).start()


def _listed(payos: "Payos") -> str:
    rows = [
        f'<li><a href="/pay/{code}">{code}</a> {_vnd(link["amount"])} · {payos.told(link)["status"]}</li>'
        for code, link in sorted(payos.links.items(), reverse=True)
    ]
    return f"<ul>{''.join(rows)}</ul>" if rows else "<p>Chưa có liên kết nào: hãy bắt đầu một lượt nạp trong shop.</p>"


def _link(payos: "Payos", order_code: int) -> str:
    link = payos.links[order_code]
    told = payos.told(link)
    facts = {
        "Số tiền": _vnd(link["amount"]), "Đã nhận": _vnd(told["amountPaid"]), "Trạng thái": told["status"],
        "Nội dung": link["memo"],
    }  # fmt: skip
    rows = "".join(f"<dt>{name}</dt><dd>{html.escape(value)}</dd>" for name, value in facts.items())
    buttons = "".join(
        f'<form method="post" action="/pay/{order_code}/{act}"><button>{words}</button></form>'
        for act, words in ACTS.items()
    )
    return f'<dl>{rows}</dl>{buttons}<p class="note">Không có tiền thật. <a href="/">Các liên kết khác</a></p>'


def _page(title: str, body: str, *, status: int = 200) -> Reply:
    text = (
        f'<!DOCTYPE html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{STYLE}</style><h1>{title}</h1>{body}</html>"
    )
    return Reply(status, text.encode(), {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"})


def _vnd(amount: int) -> str:
    return f"{amount:,} ₫".replace(",", ".")
