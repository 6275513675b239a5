"""`make faults` in small: it breaks the real site, judges it, and can say no."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from tests.bench.requests import Answer, Patient, Record
from tests.bench.serving import Site
from tests.faults import __main__ as faults
from tests.faults import breaking
from tests.faults.watching import Form
from tests.serve.conftest import ROOT

TYPED = {"name": "Jo Larkspur"}
KEPT = (
    "<main><p>Your request has not reached us.</p><form method='post'>"
    f"<input type='hidden' name='name' value='Jo Larkspur'></form>{settings.FALLBACK_PHONE}</main>"
)


def test_two_faults_break_no_promise(data_dir: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    words = [
        "--requests",
        "40",
        "--clients",
        "8",
        "--figures",
        str(figures),
        "--only",
        "locks",
        "smtp-refused",
    ]

    done = subprocess.run(
        [sys.executable, "-m", "tests.faults", *words],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    kept = json.loads(figures.read_text())
    assert "database: locked" in kept["locks"]["told"]
    assert "mail: server does not take it" in kept["smtp-refused"]["told"]
    for one in kept.values():
        assert one["acknowledged"] > 40
        assert (one["lost"], one["twice"], one["mail_repeats"]) == (0, 0, 0)
        assert one["mails"] > one["acknowledged"]


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
