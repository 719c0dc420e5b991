"""A page's template uses what the page holds, all of it and nothing else; and what is said fits the pool."""

import importlib
import pkgutil
import re
from dataclasses import dataclass, fields
from typing import Any

import pytest
from jinja2 import UndefinedError, meta, nodes
from pydantic import BaseModel

from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.formats.vectors import Vectors
from earnest.core.models.formats.words import Words
from earnest.core.models.registry import MODELS
from earnest.dashboard import pages
from earnest.dashboard.format import class_names, sample_format
from earnest.dashboard.pages.pool import PoolPage
from earnest.dashboard.pages.pools import PoolsPage
from earnest.dashboard.pages.sweep import SweepPage, action_on
from earnest.dashboard.pages.sweeps import SweepsPage
from earnest.dashboard.render import ENVIRONMENT, Page, render
from earnest.pools.schemas import Accuracy, PoolShown
from earnest.sweeps.schemas import SweepDetail

MODULES = [
    importlib.import_module(f"{pages.__name__}.{module.name}") for module in pkgutil.iter_modules(pages.__path__)
]
PAGES = [
    kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Page) and kind.__module__ == module.__name__
]


def parsed(name: str) -> nodes.Template:
    assert ENVIRONMENT.loader is not None
    return ENVIRONMENT.parse(ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0])


def templates_of(name: str) -> set[str]:
    """A template with those that it extends or takes macros from."""
    found = {name}
    for other in meta.find_referenced_templates(parsed(name)):
        assert other is not None, f"{name} takes in a template whose name nobody knows before"
        found |= templates_of(other)
    return found


def used_in(name: str) -> set[str]:
    """Variables that a template expects."""
    found: set[str] = set()
    for each in templates_of(name):
        tree = parsed(each)
        # blocks see what the template takes in above them, which the look for variables does not
        macros = {macro for taken in tree.find_all(nodes.FromImport) for macro in taken.names}
        found |= meta.find_undeclared_variables(tree) - macros
    return found


def test_a_module_has_one_page_and_a_page_one_template_and_none_is_left_over() -> None:
    assert [page.__module__ for page in PAGES] == [module.__name__ for module in MODULES]
    own = [page.TEMPLATE for page in PAGES]
    assert len(own) == len(set(own)) >= 5
    assert set().union(*(templates_of(name) for name in own)) == set(ENVIRONMENT.list_templates())


@pytest.mark.parametrize("page", PAGES)
def test_template_uses_exactly_the_fields_of_its_page(page: type[Page]) -> None:
    assert used_in(page.TEMPLATE) == {field.name for field in fields(page)}


@pytest.mark.parametrize("page", PAGES)
def test_every_field_of_a_page_is_documented(page: type[Page]) -> None:
    documented = re.findall(r"^        (\w+): ", page.__doc__ or "", re.MULTILINE)
    assert documented == [field.name for field in fields(page)]


def test_what_a_page_does_not_hold_is_an_error_and_not_a_blank() -> None:
    @dataclass(frozen=True)
    class Forgetful(Page):
        TEMPLATE = "waiting.html"

    with pytest.raises(UndefinedError, match="'reasons' is undefined"):
        render(Forgetful())


def nothing_in(schema: type[BaseModel]) -> dict[str, Any]:
    """What an answer must hold, all of it none."""
    return {name: None for name, field in schema.model_fields.items() if field.is_required()}


def pool(**changes: Any) -> PoolShown:
    """A pool that is on its way."""
    values: dict[str, Any] = nothing_in(PoolShown) | {
        "id": "the-id", "name": "Films", "status": "deploying", "chain_id": 1, "num_words": 100, "min_features": 1,
        "rules": {}, "contributions": 0, "open_contributions": 0, "verified": 0,
        "accuracy": Accuracy(value=None, reason="Not yet."),
    }  # fmt: skip
    return PoolShown(**values | changes)


def shown(pool: PoolShown, **changes: Any) -> str:
    samples = sample_format(pool)
    values: dict[str, Any] = {
        "pool": pool, "sample": samples.SAMPLE, "takes_text": samples.TAKES == "text", "money": False,
        "classes": class_names(pool), "words": None, "leftover": None, "price_svg": None, "accuracy_svg": None,
        "contributions": (), "account": None,
    }  # fmt: skip
    return bytes(render(PoolPage(**values | changes)).body).decode()


@pytest.mark.parametrize(
    ("held_out", "count", "names"),
    [
        (None, 2, ["class 0", "class 1"]),
        ({"dataset": "csv", "classes": ["0", "1"]}, 2, ["class 0", "class 1"]),
        ({"dataset": "csv", "classes": ["0", "1", "2"]}, 3, ["class 0", "class 1", "class 2"]),
        ({"dataset": "csv", "classes": ["cars", "food"]}, 2, ["cars", "food"]),
        ({"dataset": "spam-assassin", "classes": ["ham", "spam"]}, 2, ["ham", "spam"]),
        # of earlier releases, which wrote down no classes of a named data set
        ({"dataset": "movie-reviews"}, 2, ["negative", "positive"]),
        ({"dataset": "synthetic"}, 2, ["negative", "positive"]),
        ({"dataset": "spam-assassin"}, 2, ["ham", "spam"]),
        ({"dataset": "of-a-guest-that-is-gone"}, 2, ["class 0", "class 1"]),
        ({"dataset": "movie-reviews"}, 3, ["class 0", "class 1", "class 2"]),
    ],
)
def test_classes_are_called_as_the_data_call_them(
    held_out: dict[str, Any] | None, count: int, names: list[str]
) -> None:
    assert class_names(pool(held_out=held_out, classes=count)) == names


@pytest.mark.parametrize("status", ["deploying", "failed"])
def test_pool_without_rules_yet_has_a_page_and_a_row(status: str) -> None:
    made = pool(status=status, error="It could not be done." if status == "failed" else None)
    page = shown(made)
    assert ("It could not be done." in page) == (status == "failed")
    assert "<form" not in page
    row = bytes(render(PoolsPage([made], newer="abc")).body).decode()
    assert "/pools/the-id" in row
    assert "/?cursor=abc" in row


@pytest.mark.parametrize("model", MODELS.values())
def test_page_calls_a_sample_what_the_models_format_calls_it(model: Any) -> None:
    words = INCENTIVES["points"].words
    rules = {"incentive": "points", "moves_money": False, "refund_wait": 60, "collect_wait": 120}
    ready = pool(status="ready", model=model.MODEL_ID, classes=2, rules=rules)
    page = shown(ready, words=words, leftover="it is cleared away")
    assert "review" not in page.lower()
    if model.FORMAT is Words:
        assert "Contribute a text" in page
    if model.FORMAT is Vectors:
        assert "This pool takes rows of numbers" in page
        assert "Contribute a" not in page


def sweep(**changes: Any) -> SweepDetail:
    values: dict[str, Any] = nothing_in(SweepDetail) | {
        "id": "s", "name": "<b>Words</b>", "scenario": "paper", "description": "", "axes": {"num_words": [1, 2]},
        "seed_count": 1, "status": "running", "runs": 2, "done": 1, "failed_runs": 0, "report": False, "created_at": 1,
        "seeds": [1], "request": {}, "files": [], "notes": ["Say x."],
    }  # fmt: skip
    return SweepDetail(**values | changes)


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({}, "cancel"),
        ({"status": "queued"}, "cancel"),
        ({"status": "cancelled"}, None),
        ({"status": "cancelled", "finished_at": 2}, "resume"),
        ({"status": "failed", "finished_at": 2, "error": "Full."}, "resume"),
        ({"status": "finished", "finished_at": 2}, None),
        ({"status": "finished", "finished_at": 2, "failed_runs": 1}, "resume"),
        ({"status": "finished", "finished_at": 2, "error": "No report."}, "resume"),
    ],
)
def test_page_of_a_sweep_offers_what_can_be_done_with_it(changes: dict[str, Any], action: str | None) -> None:
    made = sweep(**changes)
    assert action_on(made) == action
    page = bytes(render(SweepPage(made, action_on(made))).body).decode()
    assert ("Admin token" in page) == (action is not None)
    assert action is None or f'value="{action}"' in page
    assert "Say x." in page
    # what somebody called it is text
    assert "<b>Words" not in page
    assert "&lt;b&gt;Words" in bytes(render(SweepsPage([made], older=None)).body).decode()
