"""The reference's pages, written from the sources at each build, so that nothing in them can be out of date.

Settings, commands, routes, errors, and what is registered with its knobs and measures say themselves what they are.
"""

import ast
import importlib
import inspect
import json
import logging
import pkgutil
import re
import tempfile
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import typer.main

import earnest
from earnest.config import Settings
from earnest.core.errors import CoreError
from earnest.errors import EarnestError

# says at every import which plug-ins it has
logging.getLogger("alembic").setLevel(logging.WARNING)

#: Modules that start a program when they are imported.
_PROGRAMS = re.compile(r"(^|\.)__main__$|\.migrations\b")


def write(folder: Path) -> None:
    """Write every page into `folder`."""
    folder.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        text = page()
        path = folder / f"{name}.md"
        # an unchanged page keeps its time, so that it is not built again
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown; nothing where there are no rows."""
    lines = ["| " + " | ".join(head) + " |"]
    lines.append("|" + "---|" * lines[0].count(" | ") + "---|")
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(cell: object) -> str:
    return re.sub(r"\s+", " ", str(cell)).replace("|", "\\|").strip()


# SETTINGS


def _attributes(thing: Any) -> dict[str, str]:
    """What a class's docstring says of its attributes."""
    found: dict[str, str] = {}
    text = inspect.getdoc(thing) or ""
    _, _, listed = text.partition("Attributes:\n")
    for name, words in re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", listed, flags=re.MULTILINE):
        found[name] = words
    return found


def settings() -> str:
    """Every setting of the service."""
    words = _attributes(Settings)
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        rows.append((f"`EARNEST_{name.upper()}`", default, words.get(name, "")))
    return (
        "# Settings\n\nThe service reads them from the environment, and nothing else. An unknown `EARNEST_` name, an "
        "empty secret or a value that does not fit is refused at the start, in a sentence.\n\n"
        + table(("variable", "default", "what it is"), rows)
    )


# COMMANDS


def commands() -> str:
    """Every command with its arguments and options."""
    from earnest import cli

    program = typer.main.get_command(cli.program())
    text = "# Commands\n\n`earnest COMMAND --help` says the same.\n"
    for name, command in sorted(_commands_of(program, "earnest")):
        text += f"\n## `{name}`\n\n{_prose(command.help or '')}\n"
        rows = [_parameter(parameter) for parameter in command.params if parameter.name != "help"]
        if rows:
            text += "\n" + table(("argument or option", "default", "what it is"), rows)
    return text


def _commands_of(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for own, child in inner.items():
        yield from _commands_of(child, f"{name} {own}")


def _parameter(parameter: Any) -> tuple[str, str, str]:
    shown = ", ".join(parameter.opts) if parameter.opts[0].startswith("-") else parameter.opts[0].upper()
    given = parameter.default
    default = "" if given is None or given == () or callable(given) or "Sentinel" in repr(given) else f"`{given}`"
    return f"`{shown}`", default, getattr(parameter, "help", None) or ""


def _prose(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text.strip().replace("\b", ""))


# ROUTES


def openapi() -> dict[str, Any]:
    """The API's own description."""
    from earnest.runtime import Runtime
    from earnest.server.application import create_app

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Runtime(Settings(data_dir=Path(folder))))
        document: dict[str, Any] = app.openapi()
    return document


def routes() -> str:
    """Every route of the API."""
    document = openapi()
    rows = [
        (f"`{verb.upper()} {path}`", ", ".join(operation.get("tags", ())), operation.get("summary", ""),
         _first(operation.get("description", "")))
        for path, operations in document["paths"].items()
        for verb, operation in operations.items()
    ]  # fmt: skip
    return (
        "# Routes\n\nA running service shows them at `/docs` with every field and an example of each request. Amounts "
        "are decimal strings of wei, times are seconds of chain time, errors are problem documents (RFC 9457).\n\n"
        + table(("route", "about", "what it does", "in a sentence"), rows)
    )


def _first(text: str) -> str:
    """The first sentence, or what comes before its semicolon."""
    first = re.split(r"(?<=[.;])\s", text.strip())[0]
    return first[:-1] + "." if first.endswith(";") else first


# ERRORS


def _modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(earnest.__path__, "earnest."):
        if not _PROGRAMS.search(found.name):
            yield importlib.import_module(found.name)
    for name in ("earnest.simulations.errors",):
        yield importlib.import_module(name)


def _subclasses(base: type) -> Iterator[type]:
    for child in base.__subclasses__():
        yield child
        yield from _subclasses(child)


#: When problems are answered that no class stands for.
_WHEN = {
    "address-malformed": "The address of the request holds a NUL character.",
    "address-too-long": "The address of the request is longer than what is read.",
    "bodies-too-many": "So many large bodies are on their way that there is no room for this one.",
    "body-malformed": "The body is no JSON, or JSON that readers understand differently.",
    "body-too-large": "The body has more bytes than this caller may send here; `most` says how many.",
    "body-too-slow": "The body did not come in time.",
    "capability-unknown": "`/readyz` was asked about a capability that there is not.",
    "database-unavailable": "The database does not answer; nothing was changed.",
    "headers-too-large": "The headers have more bytes than what is read.",
    "host-unknown": "The service was asked for under a name that is not its own: see `EARNEST_PUBLIC_HOSTS`.",
    "input-refused": "What is asked for cannot be, such as a pool on a file without labels; the detail says why.",
    "internal-error": "Something that nobody foresaw; it was written to the log.",
    "method-not-allowed": "There is something at this address, but not for this method.",
    "not-found": "There is nothing at this address.",
    "not-ready": "The service cannot answer this now; `reasons` names each reason.",
    "origin-foreign": "A page of another site sent it.",
    "payload-invalid": "The request does not fit its schema; `errors` names each place.",
    "sample-invalid": "The features are no sample of this pool; `error` and `values` are the contract's own.",
}


def answered() -> list[tuple[int, str, str]]:
    """Status, type and title of the problems that the web layer answers without a class of their own."""
    found = {(404, "not-found", "Not Found"), (405, "method-not-allowed", "Method Not Allowed")}
    for path in Path(earnest.__path__[0]).rglob("*.py"):
        if path.parent.name in ("server", "web"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "problem":
                    first = [argument.value for argument in node.args[:3] if isinstance(argument, ast.Constant)]
                    if len(first) == 3:
                        found.add((first[0], first[1], first[2]))
    return sorted(found)


def errors() -> str:
    """Every problem that the API answers, every custom error of the contracts, and every error of the library."""
    for _ in _modules():
        pass
    from earnest.chain.errors import CONTRACT_ERRORS
    from earnest.simulations.errors import SimulationError

    ours = [error for error in _subclasses(EarnestError) if error not in CONTRACT_ERRORS.values()]
    problems = {error.type: (error.status, error.title, _first(inspect.getdoc(error) or "")) for error in ours}
    problems = {slug: (status, title, _WHEN.get(slug, "")) for status, slug, title in answered()} | problems
    contracts = sorted((name, error.status, error.type, error.title) for name, error in CONTRACT_ERRORS.items())
    library = [
        (f"`{error.__module__}.{error.__name__}`", _first(inspect.getdoc(error) or ""))
        for base in (CoreError, SimulationError)
        for error in (base, *_subclasses(base))
    ]
    return (
        "# Errors\n\n## Problems of the API\n\nThe `type` of a problem document is stable.\n\n"
        + table(
            ("status", "type", "title", "when"),
            sorted((status, f"`{slug}`", title, words) for slug, (status, title, words) in problems.items()),
        )
        + "\n## Errors of the contracts\n\nA call that a contract refuses answers with the contract's custom error.\n\n"
        + table(("error", "status", "type", "title"), [(f"`{n}`", s, f"`{t}`", w) for n, s, t, w in contracts])
        + "\n## Errors of the library\n\n"
        + table(("error", "when"), library)
    )


# WHAT IS REGISTERED, WHAT CAN BE SET, WHAT IS MEASURED


def _listed(rows: list[dict[str, Any]], left_out: tuple[str, ...] = ()) -> str:
    """A table of rows that share their columns; names as code."""
    head = [
        column for column in rows[0] if column not in left_out and any(row[column] not in ("", None) for row in rows)
    ]
    shown = [[f"`{row[column]}`" if column == "name" else _said(row[column]) for column in head] for row in rows]
    return table(head, shown)


def _said(value: object) -> object:
    return {True: "yes", False: "no", None: ""}.get(value, value) if isinstance(value, bool | None) else value


def knobs() -> str:
    """Every knob."""
    from earnest.simulations import listing

    said = (
        "What a scenario sets and a sweep varies; `earnest list knobs` says the same. A knob of agents is set in their "
        "group, and by an axis as `GROUP.KNOB`, or `agents.KNOB` for all groups. `money` marks those that play no part "
        "where nobody pays."
    )
    return f"# Knobs\n\n{said}\n\n{_listed(listing.knobs(), ('json_schema',))}"


def measures() -> str:
    """Every measure."""
    from earnest.simulations import listing

    said = (
        "Columns of `runs.parquet`; GROUP stands for a group of agents. `earnest list measures` says as much. "
        "`money` marks those that only runs have in which somebody pays."
    )
    return f"# Measures\n\n{said}\n\n{_listed(listing.measures())}"


def registered() -> str:
    """Models, incentives, behaviours, data sets."""
    from earnest.simulations import listing

    text = (
        "# What is registered\n\n`earnest list` says the same, with what other packages bring. The entry points that a "
        "package of your own can have are `earnest.models`, `earnest.incentives`, `earnest.behaviours` and "
        "`earnest.datasets`: see [Extending](../extending.md).\n"
    )
    for title, rows in (
        ("Models", listing.models()),
        ("Incentives", listing.incentives()),
        ("Behaviours of agents", listing.behaviours()),
        ("Data sets", listing.datasets()),
    ):
        text += f"\n## {title}\n\n{_listed(rows, ('package', 'version'))}"
    for name, incentive in _incentives():
        text += f"\n## The incentive `{name}` in plain words\n\n{incentive.words.sentence}\n\n"
        text += "".join(f"{number}. {rule}\n" for number, rule in enumerate(incentive.words.rules, 1))
        text += "\nWhat it does not protect from:\n\n" + "".join(f"- {risk}\n" for risk in incentive.words.risks)
        text += "\n" + table(
            ("parameter", "what it is", "unit", "default"),
            [(f"`{one.name}`", one.words, one.unit, _said(one.default)) for one in incentive.parameters],
        )
    return text


def _incentives() -> tuple[tuple[str, Any], ...]:
    from earnest.core.incentives.registry import INCENTIVES

    return INCENTIVES.items()


# GAS

#: What the same calls cost on 0xDeCA10B's contracts, measured once: by the names in contracts/gas.json.
PEERS = {
    "130 features: contribute, agrees": 633_584,
    "130 features: contribute, disagrees": 1_067_531,
    "130 features: refund": 526_030,
    "130 features: report, share": 524_802,
    "new pool, 1,000 weights": 27_795_456,
    "naive Bayes: 130 features: contribute": 1_016_424,
    "naive Bayes: 130 features: refund": 949_468,
    "sparse nearest centroid: 130 features: contribute": 1_054_152,
    "sparse nearest centroid: 130 features: refund": 965_999,
    "dense perceptron, 1000 dimensions: contribute, agrees": 2_977_027,
    "dense perceptron, 1000 dimensions: contribute, disagrees": 3_752_672,
    "new pool, dense perceptron, 1000 dimensions": 13_403_293,
}
#: What rows that name no model are of.
_PLAIN = "sparse perceptron, self-assessment"


def _row_of_gas(name: str) -> tuple[str, str]:
    """Of which model a figure is, and of which call."""
    if name.startswith("new pool, ") and not name[10:11].isdigit():
        return name.removeprefix("new pool, "), "new pool"
    subject, _, call = name.partition(": ")
    if not call or re.match(r"\d|real review", subject):
        return _PLAIN, name
    return subject, call


def gas_figures() -> dict[str, int]:
    """The snapshot."""
    found: dict[str, int] = json.loads(resources.files("earnest.contracts").joinpath("gas.json").read_text("utf-8"))
    return found


def gas() -> str:
    """Every figure of the gas snapshot, a table for each model."""
    parts: dict[str, list[tuple[str, str, str]]] = {}
    for name, figure in gas_figures().items():
        model, call = _row_of_gas(name)
        peer = f"{PEERS[name]:,}" if name in PEERS else ""
        parts.setdefault(model, []).append((call, f"{figure:,}", peer))
    text = (
        "# Gas of each call\n\nFrom `contracts/gas.json`, which `make bench-gas` writes; [Gas](../gas.md) says under "
        "which conditions, and where it goes. The last column is what the same call costs on 0xDeCA10B's contracts, "
        "where it was measured.\n"
    )
    for model, rows in parts.items():
        peers = any(row[2] for row in rows)
        head = ("call", "gas", "0xDeCA10B's contracts") if peers else ("call", "gas")
        text += f"\n## {model[0].upper()}{model[1:]}\n\n{table(head, [row[: len(head)] for row in rows])}"
    return text


PAGES = {
    "settings": settings,
    "commands": commands,
    "routes": routes,
    "errors": errors,
    "knobs": knobs,
    "measures": measures,
    "registered": registered,
    "gas": gas,
}
