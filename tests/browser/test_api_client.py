"""The pages' client in a real browser: when a backup is asked, and when a repeat would do harm."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from n2store.launch.place import PROJECT

CLIENT = PROJECT / "static" / "n2store" / "api.js"
MAIN, BACKUP = "http://main.test", "http://backup.test"
HEADERS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*", "Access-Control-Allow-Methods": "*"}
RUN = """async ({ calls, token }) => {
    const { client } = await import("http://page.test/api.js");
    const clock = { now: 1000 }, told = [];
    const shop = client({ addresses: ["http://main.test", "http://backup.test"], token, now: () => clock.now,
        tell: (line) => told.push(line) });
    const said = [];
    for (const call of calls) {
        clock.now += call.later ?? 0;
        try {
            const answer = await shop.fetchWithFallback(call.path ?? "/x", call.options ?? {});
            said.push([answer.status, await answer.text()]);
        } catch (failure) {
            said.push(["failed", failure.name]);
        }
    }
    return { said, told };
}"""


class Hosts:
    """Two addresses of a shop: `main` answers as it is told, by default as if nobody were there."""

    def __init__(self) -> None:
        self.main: int | None = None
        self.backup: int | None = 200
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def answer(self, route: Route) -> None:
        request = route.request
        if request.url.startswith("http://page.test/api.js"):
            route.fulfill(body=CLIENT.read_text(), content_type="text/javascript")
            return
        if request.url.startswith("http://page.test"):
            route.fulfill(body="<title>A page</title>", content_type="text/html")
            return
        name = "main" if request.url.startswith(MAIN) else "backup"
        if request.method != "OPTIONS":
            self.asked.append((name, request.method, request.headers))
        status = getattr(self, name)
        if status is None:
            route.abort("connectionrefused")
        else:
            route.fulfill(status=status, body=name, headers=HEADERS)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def _run(page: Page, hosts: Hosts, *calls: dict[str, Any], token: str | None = None) -> Any:
    page.route("**/*", hosts.answer)
    page.goto("http://page.test/")
    return page.evaluate(RUN, {"calls": list(calls), "token": token})


POST = {"options": {"method": "POST", "body": "{}"}}
ONCE = {"options": {"method": "POST", "body": "{}", "headers": {"Idempotency-Key": "k1"}}}


def test_a_backup_answers_where_the_first_does_not_and_is_remembered(page: Page) -> None:
    hosts = Hosts()

    found = _run(page, hosts, {}, {"later": 60_000}, {"later": 300_000})

    assert found["said"] == [[200, "backup"]] * 3
    assert [name for name, _, _ in hosts.asked] == ["main", "backup", "backup", "main", "backup"]
    assert len(found["told"]) == 2


@pytest.mark.parametrize(("status", "again"), [(200, False), (404, False), (429, False), (500, True), (503, True)])
def test_only_what_is_the_servers_fault_is_asked_again(page: Page, status: int, again: bool) -> None:
    hosts = Hosts()
    hosts.main = status

    _run(page, hosts, {})

    assert [name for name, _, _ in hosts.asked] == (["main", "backup"] if again else ["main"])


def test_a_write_is_repeated_only_with_a_key(page: Page) -> None:
    hosts = Hosts()
    hosts.main = 500

    found = _run(page, hosts, POST, ONCE)

    assert found["said"] == [[500, "main"], [200, "backup"]]
    assert [name for name, _, _ in hosts.asked] == ["main", "main", "backup"]


def test_where_nobody_answers_the_caller_hears_it(page: Page) -> None:
    hosts = Hosts()
    hosts.backup = None

    found = _run(page, hosts, {}, POST)

    assert [said for said, _ in found["said"]] == ["failed", "failed"]
    assert len(hosts.asked) == 3


def test_our_token_stands_beside_the_neighbours(page: Page) -> None:
    hosts = Hosts()
    hosts.main = 200

    _run(page, hosts, {}, {"options": {"headers": {"Authorization": "Bearer theirs"}}}, token="ours")

    first, second = (headers for _, _, headers in hosts.asked)
    assert first["authorization"] == "Token ours"
    assert (second["authorization"], second["x-n2store-token"]) == ("Bearer theirs", "ours")
    assert "ours" not in json.dumps([second["authorization"]])
