"""A page's template uses what the page holds, all of it and nothing else; and what is said fits the pool."""

import importlib
import json
import pkgutil
import re
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest
from jinja2 import UndefinedError, meta, nodes
from pydantic import BaseModel

from earnest.accounts.schemas import AccountShown, PoolStanding
from earnest.core.models.registry import MODELS
from earnest.dashboard import pages
from earnest.dashboard.components import STATES, Unit
from earnest.dashboard.format import class_names, does
from earnest.dashboard.frame import Frame, own_path
from earnest.dashboard.pages.address import AddressPage
from earnest.dashboard.pages.components import sample_page
from earnest.dashboard.pages.contribute import ContributePage
from earnest.dashboard.pages.pool import empty_page
from earnest.dashboard.pages.pools import page_of
from earnest.dashboard.pages.sweep import SweepPage, action_on
from earnest.dashboard.pages.sweeps import SweepsPage
from earnest.dashboard.render import ENVIRONMENT, Page, render
from earnest.pools.overview import Card, Found
from earnest.pools.schemas import Accuracy, PoolShown
from earnest.submissions.schemas import SubmissionShown
from earnest.sweeps.schemas import SweepDetail

#: What every template gets beside its page's fields: what is around it, and what draws parts.
BY_ALL = {"frame", *ENVIRONMENT.globals}
FRAME = Frame(
    path="/", theme="dark", chain=None, viewer="0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", kind="wallet",
    intro_hidden=False, warnings=(),
)  # fmt: skip
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
        own = {macro for taken in tree.find_all(nodes.FromImport) for macro in taken.names}
        own |= {macro.name for macro in tree.find_all(nodes.Macro)}
        own |= {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
        found |= meta.find_undeclared_variables(tree) - own
    return found


def test_a_module_has_one_page_and_a_page_one_template_and_none_is_left_over() -> None:
    assert [page.__module__ for page in PAGES] == [module.__name__ for module in MODULES]
    own = [page.TEMPLATE for page in PAGES]
    assert len(own) == len(set(own)) >= 5
    assert set().union(*(templates_of(name) for name in own)) == set(ENVIRONMENT.list_templates())


@pytest.mark.parametrize("page", PAGES)
def test_template_uses_exactly_the_fields_of_its_page(page: type[Page]) -> None:
    assert used_in(page.TEMPLATE) - BY_ALL == {field.name for field in fields(page)}


@pytest.mark.parametrize("page", PAGES)
def test_every_field_of_a_page_is_documented(page: type[Page]) -> None:
    documented = re.findall(r"^        (\w+): ", page.__doc__ or "", re.MULTILINE)
    assert documented == [field.name for field in fields(page)]


def test_what_a_page_does_not_hold_is_an_error_and_not_a_blank() -> None:
    @dataclass(frozen=True)
    class Forgetful(Page):
        TEMPLATE = "waiting.html"

    with pytest.raises(UndefinedError, match="is undefined"):
        render(Forgetful(), FRAME)


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


def shown(page: Page, **changes: Any) -> str:
    return bytes(render(page, replace(FRAME, **changes)).body).decode()


def test_a_refusal_takes_its_place_on_the_page_with_scripts_too() -> None:
    config = re.search(r"name=\"htmx-config\" content='([^']*)'", shown(page_of_nothing()))
    assert config is not None
    handling = json.loads(config[1])["responseHandling"]
    for status, swaps in ((200, True), (303, True), (422, True), (409, True), (204, False), (404, False), (503, False)):
        rule = next(one for one in handling if re.match(one["code"], str(status)))
        assert rule["swap"] is swaps, status


def page_of_nothing() -> Page:
    return SweepsPage(sweeps=(), older=None, given={"name": "", "scenario": "", "axes": "", "seeds": ""}, message=None)


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


def test_sums_of_an_address_are_of_one_unit() -> None:
    nothing = dict.fromkeys(PoolStanding.model_fields, 0) | {"pool_name": "Films"}
    pools = [PoolStanding(**nothing | {"pool": one, "refunds": 7 * 10**15, "credit": 3 * 10**15}) for one in "ab"]
    account = AccountShown(address=str(FRAME.viewer), name=None, balance=0, block_number=1, pools=pools)
    page = shown(AddressPage(account, (), {}, {}, None), units={"b": Unit("DEV", 6, "of 1,000,000 in 1")})
    figures = re.search(r'<dl class="kpis">.*?</dl>', page, re.DOTALL)
    assert figures is not None
    assert re.findall(r'title="([0-9.]+ \w+) =', figures[0]) == ["0 ETH", "0.003 ETH", "0.007 ETH"]


def test_who_searches_sees_what_is_found_and_no_explanation_above_it() -> None:
    none = Found((), 0, {"all": 1, "text": 1, "numbers": 0, "money": 1, "free": 0})
    explained = [page_of(none), page_of(none, words="films"), page_of(none, samples="text"), page_of(none, page=2),
                 page_of(none, order="newest")]  # fmt: skip
    assert ['id="what"' in shown(page) for page in explained] == [True, False, False, False, False]


@pytest.mark.parametrize("status", ["deploying", "failed"])
def test_pool_without_rules_yet_has_a_page_and_a_row(status: str) -> None:
    made = pool(status=status, error="It could not be done." if status == "failed" else None)
    page = shown(empty_page(made))
    assert ("It could not be done." in page) == (status == "failed")
    assert "/contribute" not in page
    counts = {"all": 1, "text": 1, "numbers": 0, "money": 1, "free": 0}
    found = Found([Card(made, (), 0, None)], 30, counts)
    rows = shown(page_of(found, 5, words='"><b>x', page=1))
    assert "/pools/the-id" in rows
    assert "page=2" in rows
    assert "<b>x" not in rows


@pytest.mark.parametrize("model", MODELS.values())
def test_page_says_what_a_model_tells_apart_in_the_words_of_its_format(model: Any) -> None:
    ready = pool(status="ready", model=model.MODEL_ID, classes=2, held_out={"classes": ["ham", "spam"]})
    assert does(ready) == f"Tells {model.FORMAT.SAMPLE}s apart: ham from spam."


def test_components_stand_on_a_page_in_every_state() -> None:
    page = shown(sample_page())
    for state in STATES.values():
        assert state.words in page
    assert "0.0784" in page
    assert "0.078428571428571428 ETH" in page


@pytest.mark.parametrize(
    ("back", "to"),
    [
        ("/pools/x?show=more#open", "/pools/x?show=more#open"),
        ("//elsewhere.example", "/"),
        ("/\\elsewhere.example", "/"),
        ("https://elsewhere.example", "/"),
        ("", "/"),
        ("/a\nb", "/"),
    ],
)
def test_a_form_leads_back_to_this_service_only(back: str, to: str) -> None:
    assert own_path(back) == to


def test_what_was_relayed_in_vain_says_until_when_anybody_can_send_it() -> None:
    values: dict[str, Any] = nothing_in(SubmissionShown) | {
        "id": "s", "pool": "the-id", "account": "0x" + "1" * 40, "verb": "contribute", "status": "dropped",
        "created_at": 0, "items": [],
    }  # fmt: skip
    page = ContributePage(
        pool(status="ready", classes=2), "text", (), ("no", "yes"), True, "one", submission=SubmissionShown(**values)
    )
    assert "can still be sent" not in shown(page)
    said = shown(replace(page, open_until=7_500))
    assert "can still be sent, by anybody, until <b><time" in said
    assert "1 Jan 1970, 02:05 UTC" in said
    assert "that takes the same place" in said


def sweep(**changes: Any) -> SweepDetail:
    values: dict[str, Any] = nothing_in(SweepDetail) | {
        "id": "s", "name": "<b>Words</b>", "scenario": "paper", "description": "", "axes": {"num_words": [1, 2]},
        "seed_count": 1, "status": "running", "runs": 2, "done": 1, "failed_runs": 0, "report": False, "created_at": 1,
        "seeds": [1], "request": {}, "files": [], "notes": ["Say x."],
    }  # fmt: skip
    return SweepDetail(**values | changes)


@pytest.mark.parametrize(
    ("axes", "words"),
    [({"num_words": [1]}, "All runs are of one setting"), ({"num_words": [1, 2]}, "Nothing that was measured differs")],
)
def test_page_of_a_sweep_says_why_there_is_nothing_to_choose(axes: dict[str, Any], words: str) -> None:
    done = sweep(axes=axes, status="finished", finished_at=2, report=True)
    assert words in shown(SweepPage(done, None))
    assert "nothing to choose" not in shown(SweepPage(sweep(axes=axes), None))


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
    page = shown(SweepPage(made, action_on(made)))
    assert ("Admin token" in page) == (action is not None)
    assert action is None or f'value="{action}"' in page
    assert "Say x." in page
    # what somebody called it is text
    assert "<b>Words" not in page
    assert "&lt;b&gt;Words" in shown(SweepsPage([made], older=None))
