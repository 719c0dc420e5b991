"""A service with something of everything, and every page of it, for tests and pictures that look at all of them."""

import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.browser.visit import Visit
from tests.fixtures.service import ADMIN, Service
from tests.sweeps.results import write_view
from tests.sweeps.world import World

#: What the service needs for all of it.
SETTINGS = {"TOKENS": "development", "SEAL_BUDGET": "0"}
#: A sweep of two axes for pictures, of less than a minute once the rules are compiled.
SWEEP = {
    "name": "Words and balances", "scenario": "paper", "seeds": 3,
    "axes": ["dataset=synthetic", "train_size=600", "test_size=300", "initial_share=0.25", "num_words=20,40,60,100",
             "good.deposit_mean=20,50"],
}  # fmt: skip
#: Seconds until it is done on a machine that does other things too.
PATIENCE = 900.0

#: Windows, so that there is something due, something waiting and something that the model disagrees with.
WINDOWS = {"refund_wait": 60, "collect_wait": 60 + 3 * 3600, "head_start": 0}
LONG = "A pool whose name is longer than most, so that cards have to cut it"
TREES = ("fir", "a very long name of a tree")
ROWS = "width,height,label\n" + "\n".join(
    f"{n / 10 + 9 * (n % 2)},{n % 5 - 2 * (n % 2)},{TREES[n % 2]}" for n in range(80)
)
TEXTS = [
    "w001 w002 w003",
    "w010 w011 w012 w013",
    "w020 w021",
    "w005 w030 w040",
    "w050 w001 w060",
    "w007 w008 w009 w070",
]


def keep_sweep(folder: Path) -> str:
    """Leave a finished sweep in a data folder, before a service starts on it; answers its id.

    The command is stood in for, since the engine takes minutes to compile: its figures are nobody's, its page is the
    one of every sweep.
    """
    folder.mkdir()
    with closing(World(folder)) as world:
        sweep = world.ended(world.ask("Words and balances", runs=6))
        write_view(world.place(sweep) / "report" / "view.json")
    return sweep.id


def run_sweep(service: Service) -> str:
    """Have a sweep run to its end, which takes minutes where the engine is not compiled yet; answers its id."""
    sweep: str = service.call("POST", "/sweeps", SWEEP, ADMIN)["id"]
    until = time.monotonic() + PATIENCE
    shown: dict[str, Any] = service.call("GET", f"/sweeps/{sweep}")
    while shown["finished_at"] is None:
        assert time.monotonic() < until, shown
        time.sleep(0.5)
        shown = service.call("GET", f"/sweeps/{sweep}")
    assert shown["status"] == "finished", shown
    return sweep


def fill(service: Service) -> dict[str, str]:
    """Make pools, contributions and a webhook; answers their ids, an account's token and its address."""
    films = service.deploy(name="Films", **WINDOWS)["id"]
    sizes = {"train_size": 40, "held_out_size": 20}
    rows = service.deploy(name=LONG, dataset=None, csv=ROWS, model="dense-perceptron", **sizes)["id"]
    points = service.deploy(name="Points", model="naive-bayes", incentive="points")["id"]
    ada, bob = service.account("ada"), service.account("bob")
    for number, text in enumerate(TEXTS):
        for place, account in enumerate((ada, bob)):
            items = [{"text": f"{text} w1{number}{place}", "label": (number + place) % 2}]
            service.call("POST", f"/pools/{films}/submissions", {"items": items}, account["token"])
    service.advance(120)
    open_now = service.call("GET", f"/pools/{films}/contributions?limit=50")["items"]
    for account in (ada, bob):
        due = [
            one["index"]
            for one in open_now
            if one["contributor"] == account["address"]
            and any(action["verb"] == "refund" and action["open"] for action in one["actions"])
        ]
        if due:
            service.call("POST", f"/pools/{films}/refunds", {"indices": due[:1]}, account["token"])
    sealed = service.deploy(name="Sealed", incentive="sealed-assessment")["id"]
    tokens = service.call("GET", "/tokens")["items"]
    paid = service.deploy(
        name="Films in a token", token=tokens[0]["address"], price={"rule": "fixed", "cost": "2500000"}, **WINDOWS
    )["id"]
    request = {"items": [{"text": "w003 w004 w071", "label": 0}], "accept_risk": True}
    service.call("POST", f"/pools/{sealed}/submissions", request, ada["token"])
    row = {"items": [{"features": [1.0, 2.0], "label": 0}]}
    service.call("POST", f"/pools/{rows}/submissions", row, ada["token"])
    hook = service.call("POST", "/webhooks", {"url": "https://hooks.example.org/earnest"}, ada["token"])["id"]
    # what can be set is asked of a process, once, and a browser waits half a minute for a page
    assert service.http.get("/sweeps/knobs").is_success
    return {
        "films": films, "rows": rows, "points": points, "sealed": sealed, "paid": paid, "hook": hook,
        "token": ada["token"], "ada": ada["address"],
    }  # fmt: skip


def sign_in(visit: Visit, made: Mapping[str, str]) -> None:
    """Be the first account."""
    cookie = {"name": "earnest_account", "value": made["token"], "url": visit.service.url}
    visit.page.context.add_cookies([cookie])  # type: ignore[list-item]


def paths(made: Mapping[str, str]) -> dict[str, str]:
    """Every page by a name for its picture."""
    films = f"/pools/{made['films']}"
    sweep = f"/sweeps/{made['sweep']}"
    return {
        "pools": "/", "pools-none": "/?q=nothing", "pool": films, "pool-rows": f"/pools/{made['rows']}",
        "pool-points": f"/pools/{made['points']}", "pool-sealed": f"/pools/{made['sealed']}",
        "pool-token": f"/pools/{made['paid']}", "proof": f"{films}/proof", "scans": f"{films}/scans",
        "try": f"{films}/try",
        "contribute": f"{films}/contribute", "contribute-file": f"{films}/contribute?mode=file",
        "contribute-sealed": f"/pools/{made['sealed']}/contribute",
        "contribute-token": f"/pools/{made['paid']}/contribute",
        "contribution": f"{films}/contributions/0", "contribution-sealed": f"/pools/{made['sealed']}/contributions/0",
        "account": "/account", "account-done": "/account?state=refunded",
        "address": f"/accounts/{made['ada']}", "explorer": "/explorer", "quality": f"{films}/quality",
        "webhooks": "/webhooks", "operator": "/operator", "sweeps": "/sweeps",
        "sweep": sweep, "sweep-one-line": f"{sweep}?by=none&draw=means&draw=runs&log=x",
        "knobs": "/sweeps/knobs", "components": "/components",
    }  # fmt: skip
