"""`make faults` in small: it breaks the real site, judges it, and can say no."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.bench.requests import Answer, Patient, Record
from tests.bench.serving import Site
from tests.faults import __main__ as faults
from tests.faults import breaking
from tests.faults.breaking import Stage
from tests.faults.post import Post
from tests.faults.watching import Form
from tests.serve.conftest import ROOT

TYPED = {"name": "Jo Larkspur"}
KEPT = (
    "<main><p>Your request has not reached us.</p><form method='post'>"
    f"<input type='hidden' name='name' value='Jo Larkspur'></form>{settings.FALLBACK_PHONE}</main>"
)


def broken(
    data_dir: Path, requests: int, *names: str
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """The run that was, and the figures kept."""
    figures = data_dir / "figures.json"
    words = ["--requests", str(requests), "--clients", "8", "--patience", "2.5", "--figures", str(figures)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", *words, "--only", *names],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert figures.exists(), done.stdout + done.stderr
    return done, json.loads(figures.read_text())


def test_two_faults_break_no_promise(data_dir: Path) -> None:
    done, kept = broken(data_dir, 40, "locks", "smtp-refused")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "database: locked" in kept["locks"]["told"]
    assert "mail: server does not take it" in kept["smtp-refused"]["told"]
    for one in kept.values():
        assert one["acknowledged"] > 40
        assert (one["lost"], one["twice"], one["mail_repeats"]) == (0, 0, 0)
        assert one["mails"] > one["acknowledged"]


def test_fault_that_nobody_wrote_through_is_a_failure(data_dir: Path) -> None:
    done, kept = broken(data_dir, 0, "web-one")

    assert done.returncode == 1
    promises = kept["web-one"]["promises"]
    assert not promises["a fifth had written when it broke, and others wrote meanwhile (0 presses)"]
    assert not any("/readyz" in promise for promise in promises)


@pytest.fixture
def stage(data_dir: Path) -> Iterator[Stage]:
    """With a site that is not served."""
    post = Post()
    post.start()
    yield Stage(Site(DATA_DIR=str(data_dir)), post)
    post.stop()


def test_repeated_mail_is_excused_by_a_worker_killed_or_cut_short_in_sending_alone(stage: Stage) -> None:
    stage.workers_killed = 2
    away = "2026-11-27 02:00:00 WARNING worker The database is away (OperationalError). {} failed.\n"
    stage.site.log.write_text(away.format("Sending mail") + away.format("Deleting old requests"))

    assert stage.worker_interruptions() == 3


def test_fault_is_undone_when_the_run_is_broken_off(stage: Stage) -> None:
    for breaks in (breaking.smtp_refused, breaking.smtp("silent"), breaking.clock(400)):
        with pytest.raises(KeyboardInterrupt), breaks(stage):
            raise KeyboardInterrupt

    assert stage.post.how == "well"
    assert (stage.site.folder / "clock").read_text() == "+0"


@pytest.mark.parametrize(
    ("answer", "amiss"),
    [
        (Answer(503, KEPT, ""), []),
        (Answer(500, KEPT, ""), ["status 500"]),
        (Answer(503, KEPT.replace(settings.FALLBACK_PHONE, ""), ""), ["no phone number"]),
        (Answer(503, KEPT.replace("Jo ", ""), ""), ["what was typed is gone: name"]),
        (
            Answer(503, KEPT.replace("has not reached us", ""), ""),
            ["it does not say that nothing was stored"],
        ),
        (Answer(503, KEPT.replace("<p>", "<p data-reference='7F3'>"), ""), ["a reference"]),
        (Answer(503, KEPT.replace("form", "div"), ""), ["no form to send again"]),
    ],
)
def test_page_that_is_not_as_it_must_be_is_seen(
    answer: Answer, amiss: list[str], data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", data_dir)
    form = Form(Patient(Site(), Record()), "enquiry", TYPED, [])

    assert list(form.faults(answer)) == amiss


@pytest.mark.parametrize(
    ("fault", "lacking", "value"),
    [("disk-full", "os.getuid", lambda: 1000), ("clock-back", "LIBFAKETIME", [])],
)
def test_what_cannot_be_done_here_is_a_failure_with_the_way_round_it(
    fault: str,
    lacking: str,
    value: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(f"{breaking.__name__}.{lacking}", value)
    monkeypatch.setattr(sys, "argv", ["faults", "--only", fault, "--figures", str(tmp_path / "figures.json")])

    assert faults.main() == 1
    told = capsys.readouterr().out
    assert f"not run: {fault}, " in told
    assert "run it as root" in told or "install faketime" in told


def test_table_has_a_line_for_each_fault() -> None:
    figures = {
        "requests": 10,
        "lost": 1,
        "told_after_seconds": None,
        "promises": {"kept": True, "not": False},
    }

    head, line = faults.table({"locks": figures}).splitlines()

    assert head.split()[:2] == ["fault", "requests"]
    assert Counter(line.split())["–"] == 7
    assert line.endswith("1 of 2 kept")
