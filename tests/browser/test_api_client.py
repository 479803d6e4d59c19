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


@pytest.mark.parametrize(("main", "backup", "said"), [(503, None, [503, "main"]), (None, 502, [502, "backup"])])
def test_an_answer_that_says_why_is_worth_more_than_none(
    page: Page, main: int | None, backup: int | None, said: list[Any]
) -> None:
    hosts = Hosts()
    hosts.main, hosts.backup = main, backup

    found = _run(page, hosts, {})

    assert found["said"] == [said]
    assert [name for name, _, _ in hosts.asked] == ["main", "backup"]


def test_where_the_backup_fails_later_the_first_is_asked_again_and_remembered(page: Page) -> None:
    hosts = Hosts()
    page.route("**/*", hosts.answer)
    page.goto("http://page.test/")
    page.evaluate(
        "async () => window.shop = (await import('http://page.test/api.js'))"
        f".client({{ addresses: ['{MAIN}', '{BACKUP}'], now: () => 1000, tell: () => {{}} }})"
    )
    ask = "async () => await (await window.shop.fetchWithFallback('/x')).text()"

    assert page.evaluate(ask) == "backup"
    hosts.main, hosts.backup = 200, None
    assert [page.evaluate(ask) for _ in range(2)] == ["main", "main"]
    assert [name for name, _, _ in hosts.asked] == ["main", "backup", "backup", "main", "main"]


SLOWLY = """async (silent) => {
    const { client } = await import("http://page.test/api.js");
    const asked = [];
    window.fetch = async (address, { signal }) => {
        asked.push(address);
        const gone = new Promise((_, fail) => signal.addEventListener("abort", () => fail(signal.reason)));
        if (silent && asked.length === 1) await gone;
        const later = new Promise((resolve) => setTimeout(resolve, 1000));
        return new Response(new ReadableStream({ async start(stream) {
            try { await Promise.race([later, gone]); } catch (reason) { return stream.error(reason); }
            stream.enqueue(new TextEncoder().encode("all of it"));
            stream.close();
        } }));
    };
    const shop = client({ addresses: ["http://main.test", "http://backup.test"], timeoutMs: 200, tell: () => {} });
    return [await (await shop.fetchWithFallback("/x")).text(), asked];
}"""


@pytest.mark.parametrize(("silent", "asked"), [(False, [MAIN]), (True, [MAIN, BACKUP])])
def test_who_says_nothing_is_left_and_who_has_begun_may_end(page: Page, silent: bool, asked: list[str]) -> None:
    """What takes longer than the time for an answer is its body: a workbook, or a picture over a slow line."""
    page.route("**/*", Hosts().answer)
    page.goto("http://page.test/")

    assert page.evaluate(SLOWLY, silent) == ["all of it", [f"{address}/x" for address in asked]]
