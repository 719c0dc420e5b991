"""A pool's contributions and its model leave the service, and can be used without it."""

import csv
import io
import json
import pickle
from pathlib import Path

import pyarrow.parquet
import pytest
from sklearn.base import clone

import earnest
from earnest.core.models.exported import ExportInvalid
from earnest.exports.formats import COLUMNS, FORMATS
from tests.fixtures.served_pool import World, assert_problem


@pytest.fixture(scope="module")
def filled(shared_service, shared_pool) -> World:
    """A pool with contributions of an account, one with a text that a spreadsheet would run."""
    world = World(shared_service, shared_pool, shared_service.account())
    world.submit([{"features": [n, 70 + n], "label": n % 2} for n in range(5)])
    word = world.service.http.get(f"/v1/encoders/{shared_pool['encoder_hash']}").text.splitlines()[5].split()[-1]
    answer = world.submit([{"text": f"=1+1 {word}", "label": 1}])
    assert answer.status_code == 201, answer.text
    return world


def export(world: World, name: str, **filters: str):
    answer = world.service.http.get(f"/v1{world.path}/exports/{name}", params=filters)
    assert answer.status_code == 200, answer.text
    return answer


def test_every_format_has_the_same_rows_and_they_are_the_lists(filled):
    me = {"contributor": filled.account["address"]}
    lines = [json.loads(line) for line in export(filled, "contributions.jsonl", **me).text.splitlines()]
    table = pyarrow.parquet.read_table(io.BytesIO(export(filled, "contributions.parquet", **me).content)).to_pylist()
    cells = list(csv.DictReader(io.StringIO(export(filled, "contributions.csv", **me).text)))
    assert table == lines
    listed = filled.service.call("GET", f"{filled.path}/contributions?contributor={me['contributor']}")["items"]
    names = ("index", "label", "predicted", "deposit", "claimable", "status", "time", "sample_hash", "text")
    assert [{name: row[name] for name in names} for row in lines] == [
        {name: row[name] for name in names} for row in reversed(listed)
    ]
    assert [row["features"].split() for row in cells] == [[str(value) for value in row["features"]] for row in lines]
    assert len(lines) == 6
    # in CSV alone: what a spreadsheet would run is marked as text
    assert lines[-1]["text"].startswith("=1+1")
    assert cells[-1]["text"].startswith("'=1+1")


def test_filters_and_order(filled):
    me = {"contributor": filled.account["address"]}

    def indices(**filters: str) -> list[int]:
        found = export(filled, "contributions.jsonl", **me, **filters).text.splitlines()
        return [json.loads(line)["index"] for line in found]

    assert indices(order="newest") == indices()[::-1]
    assert len(indices(label="1")) == 3
    assert indices(status="refunded") == []
    path = f"{filled.path}/exports/contributions.csv"
    assert_problem(filled.service.ask("GET", path + "?contributor=0x12"), 422, "address-invalid")
    assert_problem(filled.service.ask("GET", path + "?order=random"), 422, "payload-invalid")
    assert_problem(filled.service.ask("GET", f"{filled.path}/exports/contributions.xlsx"), 422, "payload-invalid")
    assert_problem(filled.service.ask("GET", "/pools/nowhere/exports/model.json"), 404, "pool-unknown")


@pytest.mark.parametrize("name", ["contributions.parquet", "model.json"])
def test_what_is_unchanged_is_not_sent_again(filled, name):
    first = export(filled, name)
    again = filled.service.http.get(
        f"/v1{filled.path}/exports/{name}", headers={"If-None-Match": f'"other", {first.headers["etag"]}'}
    )
    assert (again.status_code, again.content) == (304, b"")
    filled.contribute([1, 2, 3])
    changed = filled.service.http.get(
        f"/v1{filled.path}/exports/{name}", headers={"If-None-Match": first.headers["etag"]}
    )
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_model_loads_without_the_service_and_says_what_the_pool_says(filled, tmp_path):
    path = tmp_path / "model.json"
    path.write_bytes(export(filled, "model.json").content)
    estimator = earnest.load_model(path)
    shown = filled.service.call("GET", filled.path)
    assert estimator.exported["digest"] == shown["digest"]
    body = [{"features": [n, n + 7, n + 40]} for n in range(40)]
    told = filled.service.call("POST", f"{filled.path}/predictions", {"samples": body})["predictions"]
    given = [each["features"] for each in body]
    for one in (estimator, pickle.loads(pickle.dumps(estimator)), clone(estimator)):
        assert one.predict(given).tolist() == [each["label"] for each in told]
        assert one.decision_function(given).tolist() == [each["score"] for each in told]
    text = "a wonderful film"
    told = filled.service.call("POST", f"{filled.path}/predictions", {"samples": [{"text": text}]})["predictions"]
    assert estimator.decision_function([text]).tolist() == [told[0]["score"]]


@pytest.mark.parametrize(
    "change",
    [{"format": "other"}, {"weights": [1]}, {"digest": "0x00"}, {"state": "AAAA"}, {"encoder_hash": "0x" + "0" * 64},
     {"model": "nothing/1"}, {"encoder": None}],
)  # fmt: skip
def test_document_that_was_changed_is_refused(filled, tmp_path: Path, change):
    found = json.loads(export(filled, "model.json").content)
    path = tmp_path / "model.json"
    path.write_text(json.dumps(found | change))
    with pytest.raises(earnest.core.errors.CoreError):
        earnest.load_model(path)


def test_what_is_no_document_is_refused(tmp_path: Path):
    path = tmp_path / "model.json"
    for content in ("[]", "{", '{"a": 1, "a": 2}'):
        path.write_text(content)
        with pytest.raises(ExportInvalid):
            earnest.load_model(path)


@pytest.mark.parametrize("text", ["=1", "\n=1", "\r\n@x", "  +1", "\u3000-1", "\uff1d1+1", "\uff20x", "\tx"])
def test_what_a_spreadsheet_may_run_is_marked_wherever_it_begins(text):
    (_, row) = csv.reader(
        io.StringIO(next(FORMATS["contributions.csv"].write([[dict.fromkeys(COLUMNS, text)]])).decode(), newline="")
    )
    assert row == [f"'{text}"] * len(COLUMNS)
