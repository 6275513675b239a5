"""`make test` says what the machine lacks, and in CI does not let it pass."""

import shutil

import pytest

from tests import __main__ as suite


@pytest.fixture(autouse=True)
def _nothing_to_run_or_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suite, "pytest", lambda *arguments, env=None: 0)
    monkeypatch.setattr(shutil, "which", lambda name: None)


def test_what_is_missing_is_said_at_the_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)

    assert suite.main([]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "not run: HTML checker, install java and npm",
        "not run: browser journeys, install chromium",
        "not run: shared cache, install redis-server",
    ]


def test_ci_does_not_pass_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    assert suite.main([]) == 1


def test_a_failed_test_fails_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(suite, "pytest", lambda *arguments, env=None: 1)

    assert suite.main([]) == 1


def test_serving_is_tested_without_many_machines_where_a_part_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    asked: list[str] = []

    def pytest_that_passes(*arguments: str) -> int:
        asked.extend(arguments)
        return 0

    monkeypatch.setattr(suite, "pytest", pytest_that_passes)

    assert suite.main(["serve"]) == 0

    unasked = ("test_many_machines", "test_nginx")
    assert asked == ["tests/serve", *(f"--ignore=tests/serve/{name}.py" for name in unasked)]
    assert capsys.readouterr().out.splitlines() == ["not run: many machines, install nginx redis-server"]
