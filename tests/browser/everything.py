"""A service with something of everything, and every page of it, for tests and pictures that look at all of them."""

from collections.abc import Mapping

from tests.browser.visit import Visit
from tests.fixtures.service import Service

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


def fill(service: Service) -> dict[str, str]:
    """Make pools and contributions; answers ids of pools, an account's token and its address."""
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
    return {"films": films, "rows": rows, "points": points, "token": ada["token"], "ada": ada["address"]}


def sign_in(visit: Visit, made: Mapping[str, str]) -> None:
    """Be the first account."""
    cookie = {"name": "earnest_account", "value": made["token"], "url": visit.service.url}
    visit.page.context.add_cookies([cookie])  # type: ignore[list-item]


def paths(made: Mapping[str, str]) -> dict[str, str]:
    """Every page by a name for its picture."""
    films = f"/pools/{made['films']}"
    return {
        "pools": "/", "pools-none": "/?q=nothing", "pool": films, "pool-rows": f"/pools/{made['rows']}",
        "pool-points": f"/pools/{made['points']}", "proof": f"{films}/proof", "scans": f"{films}/scans",
        "try": f"{films}/try",
        "contribute": f"{films}/contribute", "contribute-file": f"{films}/contribute?mode=file",
        "contribution": f"{films}/contributions/0", "account": "/account", "account-done": "/account?state=refunded",
        "address": f"/accounts/{made['ada']}", "explorer": "/explorer", "operator": "/operator", "sweeps": "/sweeps",
        "components": "/components",
    }  # fmt: skip
