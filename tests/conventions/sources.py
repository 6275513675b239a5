"""The project's own files, as the conventions read them."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
# Each may import those before it, never those after it.
APPS = ("procedures", "consultants", "enquiries", "kyphoplasty_site")


def modules() -> list[Path]:
    """Every Python file of the apps, but for migrations."""
    found = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def templates() -> list[Path]:
    """Every template."""
    return sorted(path for path in TEMPLATES.rglob("*") if path.suffix in (".html", ".txt"))


def name(path: Path) -> str:
    """The path as a test's id and a message show it."""
    return str(path.relative_to(ROOT))
