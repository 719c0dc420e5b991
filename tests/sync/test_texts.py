"""A kept text follows its item's transaction: to whatever index the chain gives it, and to no other's contribution."""

import time

import pytest
from sqlalchemy import select

from earnest.chain.signer import LocalSigner
from earnest.core.models.formats.words import pack_sample
from earnest.db.tables import Contribution, KeptText, Submission, SubmissionItem, Transaction
from tests.fixtures.pools import COST, OPERATOR, OTHER, World

SAMPLE = pack_sample([3, 4])


def submit(world: World, name: str, texts: list[str | None], who: LocalSigner = OPERATOR) -> bytes:
    """Write a submission of one transaction as the service does, send it, and return the transaction's bytes."""
    call = world.gateway.contribute_call(
        world.address, [SAMPLE] * len(texts), [1] * len(texts), COST, COST * len(texts)
    )
    prepared = world.gateway.prepare(call, who, world.gateway.nonce(who.address))
    with world.sessions.begin() as session:
        session.add(
            Submission(
                id=name, sequence=1, account=who.address, pool_id=world.pool_id, verb="contribute",
                idempotency_key=name, request_hash="", created_at=0,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            Transaction(
                hash=prepared.hash, submission_id=name, sender=who.address, nonce=prepared.nonce, gas=prepared.gas,
                raw=prepared.raw, status="sent",
            )
        )  # fmt: skip
        session.flush()
        for position, text in enumerate(texts):
            session.add(
                SubmissionItem(
                    submission_id=name, position=position, status="sent", sample=SAMPLE, label=1,
                    transaction_hash=prepared.hash,
                )
            )  # fmt: skip
            session.flush()
            if text is not None:
                session.add(KeptText(submission_id=name, position=position, body=text))
    world.gateway.send(prepared.raw, prepared.hash)
    wait_until_mined(world, prepared.hash)
    return prepared.raw


def send_again(world: World, raw: bytes) -> None:
    """The same transaction, on a chain that went back."""
    wait_until_mined(world, str(world.rpc("eth_sendRawTransaction", "0x" + raw.hex())))


def wait_until_mined(world: World, transaction_hash: str) -> None:
    """The node answers a transaction before it mines it."""
    until = time.monotonic() + 30
    while world.gateway.receipt(transaction_hash) is None:
        assert time.monotonic() < until, transaction_hash
        time.sleep(0.01)


def shown(world: World) -> list[str | None]:
    """The text of each contribution in the tables."""
    same = (KeptText.chain_id == Contribution.chain_id) & (KeptText.pool_address == Contribution.pool_address)
    query = (
        select(KeptText.body)
        .select_from(Contribution)
        .join(KeptText, same & (KeptText.index == Contribution.index), isouter=True)
        .order_by(Contribution.index)
    )
    with world.sessions() as session:
        return list(session.scalars(query))


def unbound(world: World) -> list[str]:
    with world.sessions() as session:
        return list(session.scalars(select(KeptText.body).where(KeptText.index.is_(None)).order_by(KeptText.body)))


def test_texts_go_to_the_contributions_of_their_items(world):
    sync = world.sync()
    submit(world, "one", ["a", None, "c"])
    submit(world, "two", ["d"], OTHER)
    world.contribute(SAMPLE, 1)
    assert unbound(world) == ["a", "c", "d"]
    sync.catch_up()
    assert shown(world) == ["a", None, "c", "d", None]


def test_another_contribution_at_the_same_index_does_not_get_the_text(world):
    sync = world.sync()
    submit(world, "kept", ["stays"])
    sync.catch_up()
    point = world.rpc("evm_snapshot")
    raw = submit(world, "one", ["a", "b"])
    sync.catch_up()
    assert shown(world) == ["stays", "a", "b"]

    assert world.rpc("evm_revert", point) is True
    world.contribute(SAMPLE, 1, OTHER)
    sync.catch_up()
    assert (shown(world), unbound(world)) == (["stays", None], ["a", "b"])

    # the same transaction, at other indices
    send_again(world, raw)
    sync.catch_up()
    assert (shown(world), unbound(world)) == (["stays", None, "a", "b"], [])


def test_contributions_that_change_places_take_their_texts_with_them(world):
    sync = world.sync()
    point = world.rpc("evm_snapshot")
    first, second = submit(world, "one", ["a"]), submit(world, "two", ["b"], OTHER)
    sync.catch_up()
    assert shown(world) == ["a", "b"]
    assert world.rpc("evm_revert", point) is True
    for raw in (second, first):
        send_again(world, raw)
    sync.catch_up()
    assert shown(world) == ["b", "a"]


def test_text_that_was_deleted_does_not_come_back_with_a_reorganisation(world):
    sync = world.sync()
    point = world.rpc("evm_snapshot")
    raw = submit(world, "one", ["a"])
    sync.catch_up()
    with world.sessions.begin() as session:
        session.delete(session.scalars(select(KeptText)).one())
    assert world.rpc("evm_revert", point) is True
    world.gateway.advance_time(1)
    send_again(world, raw)
    sync.catch_up()
    assert shown(world) == [None]


@pytest.mark.parametrize("wrong", ["another sample", "another transaction"])
def test_text_of_an_item_that_the_chain_does_not_confirm_stays_with_it(world, wrong):
    submit(world, "one", ["a"])
    with world.sessions.begin() as session:
        item = session.scalars(select(SubmissionItem)).one()
        if wrong == "another sample":
            item.sample = pack_sample([5])
        else:
            item.transaction_hash = None
    world.sync().catch_up()
    assert (shown(world), unbound(world)) == ([None], ["a"])
