"""Pools on tables of numbers: deployed from a CSV, used with rows as features, verified."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_wine
from typer.testing import CliRunner

from earnest.cli import app
from earnest.core.encoders.registry import read
from earnest.core.keccak import keccak256
from earnest.core.models.registry import DEFAULT_ON_VECTORS, MODELS
from earnest.pools.schemas import PoolRequest
from tests.fixtures.served_pool import COLLECT_WAIT, COST, REFUND_WAIT, World, assert_problem, ids_of_pools
from tests.fixtures.service import ADMIN, Service
from tests.pools.files import THREE_CLASSES

TABLES = {
    "dense-perceptron": load_breast_cancer,
    "dense-nearest-centroid": load_wine,
    "dense-margin-perceptron": load_wine,
}


def as_csv(table) -> str:
    header = [*(name.replace(" ", "_").replace(",", "") for name in table.feature_names), "label"]
    rows = [[*map(repr, row), str(label)] for row, label in zip(table.data.tolist(), table.target, strict=True)]
    return "\n".join(",".join(row) for row in [header, *rows]) + "\n"


def deploy(service: Service, model: str, **changes) -> World:
    rules = {"refund_wait": REFUND_WAIT, "collect_wait": COLLECT_WAIT, "price": {"rule": "fixed", "cost": str(COST)}}
    sizes = {"train_size": 100, "held_out_size": 70}
    request = {"dataset": None, "csv": as_csv(TABLES[model]()), "model": model, **rules, **sizes, **changes}
    return World(service, service.deploy(**request), service.account())


def test_dense_pool_without_a_csv_is_refused(shared_service):
    request = {"name": "x", "dataset": "made-up-reviews", "model": "dense-perceptron"}
    assert_problem(shared_service.ask("POST", "/pools", request, ADMIN), 422, "payload-invalid", "csv")


def test_table_for_a_model_on_texts_is_refused(shared_service):
    request = {"name": "x", "dataset": "iris", "model": "sparse-perceptron", "train_size": 60, "held_out_size": 40}
    assert_problem(shared_service.ask("POST", "/pools", request, ADMIN), 422, "payload-invalid", "iris is of numbers")


@pytest.mark.parametrize("encoder", ["table", "unicode-words"])
def test_encoder_whose_vectors_a_model_would_refuse_is_refused(shared_service, encoder):
    request = {"name": "x", "dataset": "wine", "model": "dense-margin-perceptron", "encoder": encoder}
    words = f"encoder {encoder} gives no samples for dense-margin-perceptron: use unit-table or minilm-64 or"
    assert_problem(shared_service.ask("POST", "/pools", request, ADMIN), 422, "payload-invalid", words)


def test_file_alone_does_not_say_that_it_is_of_numbers(shared_service):
    request = {"name": "x", "csv": as_csv(load_wine()), "train_size": 100, "held_out_size": 70}
    assert_problem(shared_service.ask("POST", "/pools", request, ADMIN), 422, "input-refused", "no column 'text'")


@pytest.mark.parametrize(
    "data", [{"dataset": "wine"}, {"dataset": None, "csv": as_csv(load_wine()), "encoder": "unit-table"}]
)
def test_pool_on_numbers_starts_with_the_margin_perceptron_where_no_model_is_named(data):
    request = PoolRequest(**{"name": "x", **{name: value for name, value in data.items() if value is not None}})
    assert request.model == DEFAULT_ON_VECTORS == "dense-margin-perceptron"
    assert (request.encoder_kind.name, request.incentive) == ("unit-table", "sealed-assessment")


def test_row_that_is_far_from_all_others_comes_to_the_same_length(shared_service):
    world = deploy(shared_service, "dense-margin-perceptron")
    row = (load_wine().data[0] * 1e6).tolist()
    quote = shared_service.call("POST", f"{world.path}/quotes", {"features": row, "label": 0})
    assert 4090**2 < sum(number**2 for number in quote["sample"]) < 4102**2


def test_owner_of_a_margin_perceptron_is_told_what_its_start_came_to(shared_service):
    world = deploy(shared_service, "dense-margin-perceptron")
    told = " ".join(world.pool["model_start"])
    assert "further than 1,073,741,824 above that of the best other class: 64 times" in told
    assert "halves over 100 contributions" in told
    assert told.startswith("A sample is a vector of 13 numbers.")
    assert "How it learns" in shared_service.http.get(world.path).text


def test_table_that_ships_makes_a_pool(shared_service):
    world = deploy(shared_service, "dense-nearest-centroid", dataset="wine", csv=None)
    shown = world.service.call("GET", world.path)
    assert (shown["classes"], shown["held_out"]["dataset"]) == (3, "wine")
    assert shown["accuracy"]["value"] > 0.9


def test_owner_of_centroids_is_told_what_whitening_came_to_and_where_poison_is_worse_for_it(shared_service):
    """Beforehand by the check, then by the API, the page and the command line."""
    asked = {"name": "Cells", "dataset": "breast-cancer", "model": "dense-nearest-centroid"}
    asked |= {"incentive": "points", "train_size": 100, "held_out_size": 169}
    checked = shared_service.call("POST", "/pools/check", asked, ADMIN)
    told, warning = checked["model_start"]
    assert "without whitening" in told
    assert "whitening makes poison worse" in warning
    plain = shared_service.call("POST", "/pools/check", asked | {"encoder": "unit-table"}, ADMIN)
    assert plain["model_start"] == []
    assert checked["accuracy"] > plain["accuracy"]
    world = World(shared_service, shared_service.deploy(**asked), shared_service.account())
    assert world.pool["model_start"] == [told, warning]
    page = shared_service.http.get(world.path).text
    assert "How it learns" in page
    assert "whitening makes poison worse" in page
    shown = CliRunner().invoke(app, ["pool", "show", world.pool["id"], "--url", shared_service.url])
    assert shown.exit_code == 0, shown.output
    assert told in shown.output
    assert warning in shown.output


@pytest.mark.parametrize(
    ("csv", "words"),
    [
        ("text,label\nfine,1\nbad,0\n", "where a finite number should be"),
        ("x,y\n1,2\n3,4\n", "no column 'label'"),
        (THREE_CLASSES, "3 labels"),
        ("x,label\n" + "1,0\n2,1\n" * 20, "1 row (20 with repeats) of the class '0'"),
    ],
)
def test_dense_pool_on_an_unfit_table_is_refused_with_the_reason(shared_service, csv, words):
    request = {"name": "x", "csv": csv, "model": "dense-perceptron", "train_size": 20, "held_out_size": 10}
    before = ids_of_pools(shared_service)
    assert_problem(shared_service.ask("POST", "/pools", request, ADMIN), 422, "input-refused", words)
    assert ids_of_pools(shared_service) == before


def test_text_and_rows_of_the_wrong_length_are_refused_with_a_sentence(shared_service):
    world = deploy(shared_service, "dense-nearest-centroid")
    for sample, words in (
        ({"text": "A wonderful film."}, "takes numbers"),
        ({"features": [1.0, 2.0]}, "2 numbers"),
        ({"features": []}, "0 numbers"),
    ):
        for path, body in (
            (f"{world.path}/predictions", {"samples": [sample]}),
            (f"{world.path}/quotes", sample | {"label": 1}),
        ):
            assert_problem(shared_service.ask("POST", path, body), 422, "sample-invalid", words)
    assert world.submit([{"text": "A wonderful film.", "label": 1}]).status_code == 422


@pytest.mark.parametrize("model", TABLES)
def test_rows_of_a_table_are_predicted_quoted_contributed_and_refunded(shared_service, model):
    world = deploy(shared_service, model)
    table = TABLES[model]()
    assert world.pool["classes"] == len(table.target_names)
    assert world.pool["num_words"] == table.data.shape[1]
    assert world.pool["accuracy"]["total"] == 70
    assert world.pool["accuracy"]["value"] > 0.85

    rows = table.data[:: len(table.data) // 30].tolist()
    predictions = shared_service.call("POST", f"{world.path}/predictions", {"samples": [{"features": r} for r in rows]})
    labels = [prediction["label"] for prediction in predictions["predictions"]]
    truth = table.target[:: len(table.data) // 30]
    assert np.mean(np.array(labels) == truth) > 0.85

    quote = shared_service.call("POST", f"{world.path}/quotes", {"features": rows[0], "label": labels[0]})
    assert quote["agrees"]
    encoder = read(shared_service.http.get(f"/v1/encoders/{world.pool['encoder_hash']}").content)
    twin = MODELS[model](table.data.shape[1])
    sample = twin.sample_from_features(encoder.encode(rows[0]))
    assert quote["sample"] == sample.tolist()
    assert quote["sample_hash"] == "0x" + keccak256(twin.sample_to_bytes(sample)).hex()

    index = world.contribute(rows[0])
    shown = shared_service.call("GET", f"{world.path}/contributions/{index}")
    assert shown["sample"] == sample.tolist()
    shared_service.advance(REFUND_WAIT + 1)
    assert world.claim("refund", index)["status"] == "confirmed"
    pool = shared_service.call("GET", world.path)
    assert (pool["contributions"], pool["digest_matches"], pool["accuracy"]["total"]) == (1, True, 70)
    page = shared_service.http.get(world.path)
    assert page.status_code == 200
    assert "Tells rows apart" in page.text
    assert "Open contributions" in page.text
