"""The rules of the house that no linter knows."""

import ast
import importlib
import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("lineshaft", "edge", "stream", "api", "dashboard", "simulators")
SOURCES = sorted(file for name in PACKAGES for file in (ROOT / name).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

SERVICES = (
    "edge",
    "stream.ingest",
    "stream.flow",
    "stream.plant",
    "stream.upkeep",
    "stream.notify",
    "dashboard",
    "api",
)

# Tables: long because there is much to list, not because much happens in them.
TABLES = {"lineshaft/domain/signals.py", "lineshaft/domain/machines.py", "simulators/faults.py"}

# A statement, not a word in a sentence: verb and what must follow it.
SQL = re.compile(
    r"^\s*(SELECT\s+(?!a\b|the\b).+\s+FROM\s|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s"
    r"|COPY\s+\w+.*\s(FROM|TO)\s|CREATE\s+(TABLE|INDEX|ROLE|DATABASE|SCHEMA)\s|(ALTER|DROP)\s+\w+\s)",
    re.IGNORECASE | re.DOTALL,
)
# The agent's outbox is a small SQLite file; a new cluster's role and database come before any connection.
SQL_ALLOWED = {"edge/outbox.py", "edge/outbox_file.py", "edge/salvage.py", "lineshaft/runtime/postgres.py"}

HOST = re.compile(r"""["'(`]\s*(?:https?:)?//(?!127\.0\.0\.1|localhost|www\.w3\.org|\$|\{)([\w.-]+\.\w+)""")


def relative(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", PACKAGES)
def test_our_names_are_not_shadowed_by_strangers(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).is_relative_to(ROOT)


def test_sql_stands_only_in_the_store() -> None:
    strangers = [
        f"{relative(file)}:{node.lineno}"
        for file in SOURCES
        if not relative(file).startswith("lineshaft/store/") and relative(file) not in SQL_ALLOWED
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value)
    ]
    assert not strangers


def test_ddl_stands_only_in_migrations() -> None:
    ddl = re.compile(r"^\s*(ALTER|DROP)\s+TABLE\s", re.IGNORECASE)
    strangers = [
        f"{relative(file)}:{node.lineno}"
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ddl.match(node.value)
    ]
    assert not strangers


def test_the_glossary_has_every_public_class_of_the_domain() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    missing = [
        f"{relative(file)}: {node.name}"
        for file in sorted((ROOT / "lineshaft" / "domain").rglob("*.py"))
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        and not node.name.startswith("_")
        and not re.search(rf"\b{node.name}\b", glossary)
    ]
    assert not missing


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_has_a_main(name: str) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    if spec.submodule_search_locations is not None:
        spec = importlib.util.find_spec(f"{name}.__main__")
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    named = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    named |= {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert "main" in named


def lines_of_code(file: Path) -> int:
    """Lines that say something to the machine: what explains to people must not cost."""
    text = file.read_text(encoding="utf-8")
    explained: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str())) as said, *_]:
                    explained.update(range(said.lineno, (said.end_lineno or said.lineno) + 1))
    return sum(
        1
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#") and number not in explained
    )


def test_no_file_is_too_long_to_read() -> None:
    long = [
        f"{relative(file)}: {lines}"
        for files, limit in ((SOURCES, 300), (TESTS, 400))
        for file in files
        if relative(file) not in TABLES and (lines := lines_of_code(file)) > limit
    ]
    assert not long


def test_the_screens_ask_no_foreign_host() -> None:
    ours = [
        file
        for kind in ("*.js", "*.css", "*.py", "*.html")
        for file in (ROOT / "dashboard").rglob(kind)
        if "vendor" not in file.parts and not file.name.endswith(".min.js")
    ]
    foreign = {
        f"{relative(file)}: {found}"
        for file in ours
        for found in HOST.findall(file.read_text(encoding="utf-8"))
    }
    assert not foreign


def test_only_the_clock_asks_for_the_time() -> None:
    asks = re.compile(r"\b(time\.time(_ns)?\(|datetime\.(now|utcnow|today)\(|date\.today\()")
    strangers = [
        relative(file)
        for file in SOURCES
        if relative(file) != "lineshaft/clock.py" and asks.search(file.read_text(encoding="utf-8"))
    ]
    assert not strangers


def test_the_command_imports_no_service_and_no_database() -> None:
    # So that `lineshaft edge` starts on a small computer with only the edge's packages.
    code = "import sys, lineshaft.cli; print(*({n.split('.')[0] for n in sys.modules} & {*sys.argv[1:]}))"
    command = [
        sys.executable,
        "-c",
        code,
        "psycopg",
        "paho",
        "bytewax",
        "dash",
        "fastapi",
        "psutil",
        "edge",
        "stream",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_make_check_runs_the_import_contracts() -> None:
    told = subprocess.run(["make", "-n", "check"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "lint-imports" in told.stdout
