"""Each event of the contracts is a Python event, with the same fields, where logs are read and where the twin emits."""

from dataclasses import fields
from typing import Any

import pytest

from earnest.chain import events as of_chain
from earnest.chain.events import ChainEvent, snake_case
from earnest.contracts import load_artifact
from earnest.core.pool import events as of_twin


def declared(artifact: str) -> list[Any]:
    """The events of an artifact's ABI."""
    return [entry for entry in load_artifact(artifact).abi if entry["type"] == "event"]


@pytest.mark.parametrize("event", declared("IPool") + declared("IPoolFactory"), ids=lambda event: event["name"])
def test_event_of_the_abi_is_read_from_logs_with_its_fields(event: Any):
    read = getattr(of_chain, event["name"])
    names = {snake_case(item["name"]) for item in event["inputs"]}
    # where an event names the pool itself, as the factory's does, that is the place's
    assert {field.name for field in fields(read)} - {field.name for field in fields(ChainEvent)} == names - {"pool"}
    assert of_chain.topic_of(read).startswith("0x")


@pytest.mark.parametrize("event", declared("IPool"), ids=lambda event: event["name"])
def test_event_of_the_abi_is_emitted_by_the_twin_with_its_fields_in_order(event: Any):
    emitted = getattr(of_twin, event["name"])
    assert [field.name for field in fields(emitted)] == [item["name"] for item in event["inputs"]]
