"""Two real gates of one shop, and the pages' client in a browser: when the first is lost, the second goes on."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, sync_playwright

from n2store.launch.place import PROJECT
from n2store.simulator.answering import Manner
from n2store.simulator.facebook import CUSTOMER
from n2store.simulator.gateway import Played, Ports, playing
from n2store.simulator.tpos import PAGES
from tests.browser.conftest import CHROMIUM
from tests.proxy.real_gate import Gate, opened

CLIENT = PROJECT / "static" / "n2store" / "api.js"
FIRST, SECOND = "http://first.test", "http://second.test"
ALLOWED = {
    "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*", "Access-Control-Allow-Methods": "*",
    "Access-Control-Expose-Headers": "*",
}  # fmt: skip
RUN = """async ({ addresses, path, options }) => {
    const { client } = await import("http://page.test/api.js");
    const answer = await client({ addresses, tell: () => {} }).fetchWithFallback(path, options);
    return [answer.status, answer.headers.get("Idempotent-Replayed"), await answer.text()];
}"""
MESSAGE = f'{{"pageId": "{next(iter(PAGES))}", "psid": "{CUSTOMER["id"]}", "message": "Dạ shop đây"}}'


@dataclass
class Shop:
    """The two gates, the neighbours behind both, and how the first one fares: `well`, `lost` or `away`."""

    gates: dict[str, Gate]
    played: Played
    first: str = "well"

    def answer(self, route: Route) -> None:
        """Carry a browser's call to the gate that it names."""
        request, parts = route.request, urlsplit(route.request.url)
        address = f"{parts.scheme}://{parts.netloc}"
        if parts.netloc == "page.test":
            route.fulfill(
                body=CLIENT.read_text(), content_type="text/javascript" if "api.js" in parts.path else "text/html"
            )
        elif request.method == "OPTIONS":
            route.fulfill(status=204, headers=ALLOWED)
        elif address == FIRST and self.first == "away":
            route.abort("connectionrefused")
        else:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            given = {
                name: value for name, value in request.headers.items() if name in {"content-type", "idempotency-key"}
            }
            found = self.gates[address].ask(request.method, target, request.post_data_buffer or b"", given)
            if address == FIRST and self.first == "lost":
                route.abort("connectionreset")  # The answer does not reach the browser.
            else:
                route.fulfill(status=found.status, body=found.body, headers=ALLOWED | dict(found.headers))


@pytest.fixture
def shop(transactional_db: None, tmp_path: Path) -> Iterator[Shop]:
    with playing(Ports()) as played, ExitStack() as stack:
        gates = {}
        for address, name in ((FIRST, "first"), (SECOND, "second")):
            (tmp_path / name).mkdir()
            gates[address] = stack.enter_context(opened(tmp_path / name, played.settings()))
        yield Shop(gates, played)


@pytest.fixture
def page(shop: Shop) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.route("**/*", shop.answer)
        page.goto("http://page.test/")
        yield page
        browser.close()


def _fetch(page: Page, path: str, **options: Any) -> Any:
    return page.evaluate(RUN, {"addresses": [FIRST, SECOND], "path": path, "options": options})


def test_what_is_only_read_comes_from_the_second_while_the_first_is_away(shop: Shop, page: Page) -> None:
    shop.first = "away"

    status, _, text = _fetch(page, "/api/pancake/pages?access_token=t&pages[1]=0")

    assert (status, "/api/v1/pages" in text) == (200, True)
    assert [call.target for call in shop.played.pancake.calls] == ["/api/v1/pages?access_token=t&pages[1]=0"]


def test_a_message_whose_answer_was_lost_is_repeated_at_the_second_and_goes_out_once(shop: Shop, page: Page) -> None:
    shop.first = "lost"
    headers = {"Content-Type": "application/json", "Idempotency-Key": "message-1"}

    status, replayed, text = _fetch(page, "/api/facebook-send", method="POST", body=MESSAGE, headers=headers)

    assert (status, replayed, '"m_sent_1"' in text) == (200, "true", True)
    assert [one["message"] for one in shop.played.graph.sent] == [{"text": "Dạ shop đây"}]


def test_a_message_without_a_key_is_not_repeated(shop: Shop, page: Page) -> None:
    shop.first = "lost"

    with pytest.raises(Exception, match="Failed to fetch"):
        _fetch(page, "/api/facebook-send", method="POST", body=MESSAGE, headers={"Content-Type": "application/json"})

    assert len(shop.played.graph.sent) == 1


@pytest.mark.parametrize("manner", [Manner.FAILING, Manner.CUT])
def test_where_both_are_well_and_the_neighbour_is_ill_the_page_hears_the_neighbour(
    shop: Shop, page: Page, manner: Manner
) -> None:
    """A backup does not heal a neighbour: it is asked once more, and what it says is the answer."""
    shop.played.pancake.manner = manner

    status, _, _ = _fetch(page, "/api/pancake/pages?access_token=t")

    assert status == (500 if manner is Manner.FAILING else 502)


def test_a_message_that_nobody_confirmed_is_not_taken_to_the_second(shop: Shop, page: Page) -> None:
    shop.played.graph.manner = Manner.FAILING
    headers = {"Content-Type": "application/json", "Idempotency-Key": "message-2"}

    status, _, text = _fetch(page, "/api/facebook-send", method="POST", body=MESSAGE, headers=headers)

    posts = [call for call in shop.played.graph.calls if call.method == "POST"]
    assert (status, '"SEND_UNKNOWN"' in text, len(posts)) == (409, True, 1)


def test_the_second_refuses_what_the_first_refuses(shop: Shop, page: Page) -> None:
    shop.first = "away"

    status, _, text = _fetch(page, "/api/proxy?url=http%3A%2F%2F169.254.169.254%2F")

    assert (status, '"HOST_REFUSED"' in text) == (403, True)
