"""How the code reads: what house style asks, where a machine can see it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from tests.conventions.sources import APPS, ROOT, modules, name, tree

each_module = pytest.mark.parametrize("path", modules(), ids=name)
VAGUE = {"utils", "common", "core", "services", "managers", "helpers", "misc"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@each_module
def test_imports_go_one_way(path: Path) -> None:
    """procedures ← consultants ← enquiries ← kyphoplasty_site. A lower app never knows of a higher one."""
    own = APPS.index(path.relative_to(ROOT).parts[0])

    upwards = {module for module in imported(path) if module.split(".")[0] in APPS[own + 1 :]}

    assert upwards == set()


@each_module
def test_nothing_imports_the_tests(path: Path) -> None:
    assert not any(module.split(".")[0] in ("tests", "pytest") for module in imported(path))


@each_module
def test_imports_stand_at_the_top(path: Path) -> None:
    inside = [
        node.lineno
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert inside == []


@each_module
def test_no_signal_does_anything_unseen(path: Path) -> None:
    """What happens when a row is written stands where it is written."""
    text = path.read_text()

    assert "db.models.signals" not in text
    assert "django.dispatch" not in text


@each_module
def test_no_model_overrides_save_or_delete(path: Path) -> None:
    """bulk_create, update and admin actions would go past it: use a field, a constraint or a named deed."""
    overriding = [
        f"{owner.name}.{method.name}"
        for owner in ast.walk(tree(path))
        if isinstance(owner, ast.ClassDef) and "models" in str(path.relative_to(ROOT))
        for method in owner.body
        if isinstance(method, ast.FunctionDef) and method.name in ("save", "delete")
    ]

    assert overriding == []


@each_module
def test_module_is_named_for_what_it_holds(path: Path) -> None:
    assert path.stem not in VAGUE


@each_module
def test_module_says_what_it_is_for(path: Path) -> None:
    if path.read_text().strip() and path.stem != "__init__":
        assert ast.get_docstring(tree(path)), f"{name(path)} opens with no docstring."


@pytest.mark.parametrize(
    "model", [model for app in APPS for model in apps.get_app_config(app).get_models()], ids=str
)
def test_every_model_says_what_it_is_and_what_a_row_is_called(model: type[models.Model]) -> None:
    if model._meta.auto_created or model.__name__.startswith("Historical"):  # django-simple-history's own
        return
    assert "__str__" in vars(model)
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}(")


def test_every_constraint_has_words_for_whoever_breaks_it() -> None:
    wordless = [
        constraint.name
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        for constraint in model._meta.constraints
        if constraint.violation_error_message == models.BaseConstraint.default_violation_error_message
    ]

    assert wordless == []


def test_constraint_names_are_sentences() -> None:
    names = [
        constraint.name
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        for constraint in model._meta.constraints
    ]

    assert len(names) == len(set(names))
    assert all(len(str(given).split("_")) >= 3 for given in names)
