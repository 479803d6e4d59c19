"""Medians, ratios and CPU accounting of the benchmark."""

import json
import os
from random import Random

import pytest

from banking.sepay import parser, reading
from bench import cpu, results
from bench.cpu import Reading, Used
from bench.dataset import phone, qr_code
from bench.deliveries import payments, requests
from bench.http_load import split
from bench.results import Run


def run(rate: float, took_ms: list[float], *, web: float = 0.0, foreign: float = 0.0, failed: int = 0) -> Run:
    return Run(rate, took_ms, Used({"web": web}, foreign), failed, "why" if failed else "")


def test_figures_are_medians_and_failures_are_added_up() -> None:
    found = results.figures(
        [run(10, [1, 2, 3], web=0.3, foreign=0.1), run(30, [4, 5, 6], web=0.9, failed=1), run(20, [7, 8, 9], failed=2)]
    )

    assert (found.rate, found.p50_ms, found.p99_ms) == (20, 5, 6)
    assert found.cpu_s_per_1000 == {"web": 100.0}
    assert (found.foreign_cpu, found.failed, found.first_failure) == (0.1, 3, "why")


def test_a_ratio_is_the_median_of_its_pairs() -> None:
    ours, theirs = [run(1, []), run(6, []), run(3, [])], [run(2, []), run(2, []), run(2, [])]

    assert results.ratio(ours, theirs) == 1.5


def test_a_figure_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    results.say("a.b", "ms", 1.23456, plan=["x"], notes="", bound=None)
    results.say_rate("c", results.figures([run(12345.6, [1])]))

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == {"name": "a.b", "unit": "ms", "value": 1.235, "plan": ["x"]}
    assert [(line["name"], line["value"]) for line in lines[1:]] == [("c.rate", 12346), ("c.p50", 1.0), ("c.p99", 1.0)]


def test_strangers_are_what_the_machine_used_beside_us() -> None:
    before = Reading(100.0, {"web": 1.0, "bench": 2.0}, 50.0)
    after = Reading(110.0, {"web": 4.0, "bench": 3.0}, 59.0)

    used = cpu.used(before, after)

    assert used.groups == {"web": 3.0, "bench": 1.0}
    assert used.foreign == 0.5
    assert used.per_1000(2000) == {"web": 1.5, "bench": 0.5}
    assert used.per_1000(0) == {}


def test_cpu_and_memory_of_a_process_tree_are_read() -> None:
    read = cpu.read({"tests": os.getpid()})

    assert read.groups["tests"] > 0
    assert read.machine > 0
    assert cpu.rss_kb([os.getpid()]) > 1000


def test_payments_name_existing_customers_as_our_reader_reads_them() -> None:
    coming = payments(Random(1))
    seen = [next(coming) for _ in range(200)]

    for payment in seen:
        notice = parser.parse(json.dumps(payment.fields).encode())
        read = reading.read(notice.content)
        assert read.value == (qr_code(payment.customer) if payment.qr else phone(payment.customer))
    assert len({payment.fields["id"] for payment in seen}) == 200
    assert {bool(payment.qr) for payment in seen} == {True, False}


def test_requests_carry_the_key_and_the_whole_body() -> None:
    [request] = requests(payments(Random(1)), 1, host="h", key="k")

    head, body = request.split(b"\r\n\r\n", 1)
    assert b"Authorization: Apikey k" in head
    assert f"Content-Length: {len(body)}".encode() in head
    assert parser.parse(body).direction == "in"
    assert split(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == (b"200", b"", 38)
