"""What the terminal shows of the logs."""

from pathlib import Path

from n2store.launch.log_watch import LogFile, choose

LINES = """\
2026-11-21 10:00:00,001 INFO django.server: "GET / HTTP/1.1" 200
2026-11-21 10:00:00,002 ERROR django.request: Internal Server Error: /
Traceback (most recent call last):
  File "x.py", line 1, in x
ValueError: no ERROR of ours
2026-11-21 10:00:00,003 WARNING django.request: Not Found: /x
2026-11-21 10:00:00,004 WARN exited: web (terminated by SIGKILL; not expected)
[2026-11-21 17:00:00,005: ERROR/MainProcess] Task failed
{"level":"info","msg":"started"}
of no matter
[INFO] Started worker-1""".splitlines()


def test_what_matters_is_shown_with_what_belongs_to_it() -> None:
    assert list(choose(LINES, everything=False)) == [*LINES[1:5], LINES[6], LINES[7]]


def test_everything_can_be_shown() -> None:
    assert list(choose(LINES, everything=True)) == LINES


def test_a_log_is_read_from_its_end_line_by_line_also_after_it_was_rotated(tmp_path: Path) -> None:
    path = tmp_path / "web.log"
    path.write_text("of yesterday\n")
    log = LogFile(path)

    path.write_text("of yesterday\nfirst\nhal")
    assert log.fresh_lines() == ["first"]
    path.write_text("of yesterday\nfirst\nhalf\n")
    assert log.fresh_lines() == ["half"]
    path.write_text("fresh\n")
    assert log.fresh_lines() == ["fresh"]


def test_a_log_that_is_not_there_yet_has_no_lines(tmp_path: Path) -> None:
    assert LogFile(tmp_path / "none.log").fresh_lines() == []
