"""What a client can do, each as a flow; see `earnest.client.asking`."""

import json
import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from earnest.client import answers
from earnest.client.asking import Ask, Flow, Sleep, answered, get, post
from earnest.client.errors import ClientError, NotDecided, Refused, Untrustworthy
from earnest.client.signing import MOST_FEE, Signer, sign, sign_permit, sign_relayed
from earnest.wallet.verbs import DEPOSIT_PERMITTED

#: A text, the features of a sample, or what the API takes itself.
Sample = str | Sequence[float] | dict[str, Any]
#: Most items of a page, and most samples that the service takes in one request for predictions.
PAGE, MAX_PREDICTIONS = 100, 1_000
#: Seconds for which the service is asked to keep a request that waits.
HELD = 20.0
#: Seconds in which an approval of tokens must be decided, before what needs it is signed.
APPROVAL_SECONDS = 120.0


def sample(given: Sample) -> dict[str, Any]:
    """A sample as the API takes it."""
    if isinstance(given, str):
        return {"text": given}
    return dict(given) if isinstance(given, dict) else {"features": list(given)}


def labelled(given: tuple[Sample, int] | dict[str, Any]) -> dict[str, Any]:
    """A sample with its label as the API takes it."""
    return dict(given) if isinstance(given, dict) else {**sample(given[0]), "label": given[1]}


class Flows:
    """The flows of one client.

    Args:
        tries: of each request, the first included.
        signer: with whose key; None for a managed account.
        most_fee: highest fee for one transaction that is signed, in wei.
        relayed: whether the service sends what is signed and pays the gas, where it does that.
    """

    def __init__(self, tries: int, signer: Signer | None, most_fee: int = MOST_FEE, *, relayed: bool = False) -> None:
        self._tries = tries
        self.signer = signer
        self._most_fee = most_fee
        self._relayed = relayed
        #: by chain and forwarder, the place of the last call that was signed to be relayed
        self._places: dict[tuple[int, str], int] = {}

    # POOLS

    def pools(self) -> Flow[list[answers.Pool]]:
        """All of them."""
        found = yield from self._pages("/pools")
        return [answers.Pool.read(each) for each in found]

    def pool(self, which: str) -> Flow[answers.Pool]:
        """One of them; the one at the address, where it is named by that.

        Raises:
            Untrustworthy: the service answers with another one.
        """
        shown = answers.Pool.read((yield from answered(get(f"/pools/{which}"), self._tries)))
        # no id begins like an address, and none with a digit too few is left to the service either
        if which.strip().lower().startswith("0x") and (shown.address or "").lower() != which.strip().lower():
            raise Untrustworthy(
                f"The service answers with the pool at {shown.address} where {which} was asked for; nothing was signed."
            )
        return shown

    def create_pool(self, request: dict[str, Any], key: str | None, seconds: float) -> Flow[answers.Pool]:
        """A pool, once it is deployed."""
        pool = answers.Pool.read((yield from answered(post("/pools", request, key=key), self._tries)))
        until = time.monotonic() + seconds
        while pool.status == "deploying" and time.monotonic() < until:
            yield Sleep(0.5)
            pool = yield from self.pool(pool.id)
        return pool

    def import_pool(
        self,
        address: str,
        name: str,
        encoder: str | None,
        from_block: int,
        forwarders: Sequence[str],
        key: str | None,
    ) -> Flow[answers.Pool]:
        """A pool that somebody else deployed, served from now on."""
        body: dict[str, Any] = {"address": address, "name": name, "encoder": encoder, "from_block": from_block}
        if forwarders:
            # earlier services do not know it
            body["forwarders"] = list(forwarders)
        made = yield from answered(post("/imported-pools", body, key=key), self._tries)
        return (yield from self.pool(made["id"]))

    def set_paused(self, which: str, *, paused: bool) -> Flow[answers.Pool]:
        """Pause, or let go on."""
        verb = "pause" if paused else "unpause"
        return answers.Pool.read((yield from answered(post(f"/pools/{which}/{verb}"), self._tries)))

    # SAMPLES

    def predict(self, pool: str, samples: Sequence[Sample]) -> Flow[list[answers.Prediction]]:
        """Predictions, in requests as large as the service takes."""
        found: list[answers.Prediction] = []
        for start in range(0, len(samples), MAX_PREDICTIONS):
            body = {"samples": [sample(each) for each in samples[start : start + MAX_PREDICTIONS]]}
            answer = yield from answered(post(f"/pools/{pool}/predictions", body), self._tries)
            found += [answers.Prediction.read(each) for each in answer["predictions"]]
        return found

    def quote(self, pool: str, given: Sample, label: int) -> Flow[answers.Quote]:
        """What a contribution would cost and bring."""
        body = {**sample(given), "label": label}
        return answers.Quote.read((yield from answered(post(f"/pools/{pool}/quotes", body), self._tries)))

    def prepare(self, pool: str, verb: str, body: dict[str, Any]) -> Flow[answers.Prepared]:
        """The unsigned transaction of a verb; nothing is sent."""
        path = f"/pools/{pool}/prepared/{verb}"
        return answers.Prepared.read((yield from answered(post(path, body), self._tries)))

    # WHAT GOES TO THE CHAIN

    def contribute(
        self,
        pool: str,
        items: Iterable[tuple[Sample, int] | dict[str, Any]],
        max_price: int | None,
        key: str | None,
        seconds: float,
        *,
        keep_text: bool,
        one_commitment: bool,
    ) -> Flow[answers.Submission]:
        """Contribute samples, by a managed account or by a key of one's own."""
        given = [labelled(each) for each in items]
        price = {} if max_price is None else {"max_price": str(max_price)}
        body: dict[str, Any] = {"items": given, **price, "one_commitment": one_commitment}
        if self.signer is None:
            return (
                yield from self._submit(f"/pools/{pool}/submissions", body | {"keep_text": keep_text}, key, seconds)
            )
        raw = yield from self.signed(pool, given, max_price, one_commitment=one_commitment)
        texts = [each.get("text") for each in given] if keep_text and any("text" in each for each in given) else None
        return (yield from self.hand_in(raw, texts, seconds))

    def signed(
        self, pool: str, items: Sequence[dict[str, Any]], max_price: int | None, *, one_commitment: bool
    ) -> Flow[str]:
        """What is signed to contribute samples, not sent: a transaction in hex, or a request to relay as JSON."""
        shown = yield from self.pool(pool)
        most = max_price if max_price is not None else shown.price or 0
        signer = self._own()
        body = {
            "items": list(items), "account": signer.address, "max_price": str(most), "one_commitment": one_commitment,
        }  # fmt: skip
        prepared = yield from self.prepare(pool, "contribute", body)
        if (yield from self._allow(shown, prepared, most * len(items))):
            prepared = yield from self.prepare(pool, "contribute", body)
        labels, features = [each["label"] for each in items], [each.get("features") for each in items]
        return self._signed(shown, prepared, "contribute", labels=labels, features=features, max_price=most)

    def _allow(self, pool: answers.Pool, prepared: answers.Prepared, most: int) -> Flow[bool]:
        """Let a token's pool take exactly what a contribution costs, where it may not yet; whether that was needed.

        Args:
            pool: the pool.
            prepared: the contribution.
            most: that it may cost.

        Raises:
            Untrustworthy: it would cost more.
            Refused: the token refuses it.
        """
        needed = -prepared.balance_change
        if pool.token is None or needed <= (prepared.allowed or 0):
            return False
        if prepared.balance is not None and prepared.balance < needed:
            # an approval would not help; the contribution is refused with the reason
            return False
        if needed > most:
            raise Untrustworthy(
                f"The service says that the pool takes {needed} of its token's units, and at most {most} were meant; "
                "nothing was signed."
            )
        if self._relayed:
            yield from self._deposit_permitted(pool, needed)
            return True
        body = {"account": self._own().address, "amount": str(needed)}
        approval = yield from self.prepare(pool.id, "approve", body)
        yield from self.hand_in(self._signed(pool, approval, "approve", amount=needed), None, APPROVAL_SECONDS)
        return True

    def _deposit_permitted(self, pool: answers.Pool, needed: int) -> Flow[None]:
        """Put tokens into the account's credit in a pool, by two signatures and no coin.

        Raises:
            ClientError: the token takes no permits.
            Refused: the token or the pool refuses it.
        """
        if pool.token is None or not pool.token.permits:
            raise ClientError(
                "The pool's token takes no permits, so that it must be approved by a transaction of your own: do that "
                "without having it relayed first."
            )
        body = {"account": self._own().address, "amount": str(needed)}
        asked = yield from answered(post(f"/pools/{pool.id}/prepared/permit", body), self._tries)
        permit = answers.Permit.read(asked)
        signature = sign_permit(self._own(), pool, permit, needed)
        prepared = yield from self.prepare(
            pool.id, "deposit-permitted", body | {"deadline": permit.deadline, "signature": signature}
        )
        signed = self._signed(pool, prepared, DEPOSIT_PERMITTED.name, amount=needed)
        yield from self.hand_in(signed, None, APPROVAL_SECONDS)

    def claim(
        self, pool: str, verb: str, indices: Sequence[int], key: str | None, seconds: float
    ) -> Flow[answers.Submission]:
        """Claim contributions with one verb."""
        body: dict[str, Any] = {"indices": list(indices)}
        if self.signer is None:
            return (yield from self._submit(f"/pools/{pool}/{verb}s", body, key, seconds))
        shown = yield from self.pool(pool)
        prepared = yield from self.prepare(pool, verb, body | {"account": self.signer.address})
        return (yield from self.hand_in(self._signed(shown, prepared, verb, indices=indices), None, seconds))

    def withdraw(self, pool: str, key: str | None, seconds: float) -> Flow[answers.Submission]:
        """Pay a credit out."""
        if self.signer is None:
            return (yield from self._submit(f"/pools/{pool}/withdrawals", None, key, seconds))
        shown = yield from self.pool(pool)
        prepared = yield from self.prepare(pool, "withdraw", {"account": self.signer.address})
        return (yield from self.hand_in(self._signed(shown, prepared, "withdraw"), None, seconds))

    def hand_in(self, raw: str, texts: list[str | None] | None, seconds: float) -> Flow[answers.Submission]:
        """Have what was signed sent and followed; the same again is the same submission."""
        more = {"texts": texts} if texts is not None else {}
        if raw.startswith("{"):
            asked = post("/relays", json.loads(raw) | more, wait=min(seconds, HELD))
        else:
            asked = post("/transactions", {"raw": raw} | more, wait=min(seconds, HELD))
        submission = answers.Submission.read((yield from answered(asked, self._tries)))
        (transaction, *_) = {item.transaction_hash for item in submission.items} or {None}
        return (yield from self._until_decided(submission, f"/transactions/{transaction}/submission", seconds))

    def submission(self, which: str, seconds: float) -> Flow[answers.Submission]:
        """A submission of the managed account; waits for what the chain decides."""
        answer = yield from answered(get(f"/submissions/{which}", wait=min(seconds, HELD)), self._tries)
        return answers.Submission.read(answer)

    def _signed(self, pool: answers.Pool, prepared: answers.Prepared, verb: str, **meant: Any) -> str:
        # without coins it is refused, and that nothing is relayed is why
        if prepared.refusal is not None and (prepared.relay is not None or not self._relayed):
            raise Refused(409, prepared.refusal)
        if self._relayed:
            signed = sign_relayed(self._own(), pool, prepared, verb, **meant)
            # a service that kept one back could have several, and use them in its own time
            where = (pool.chain_id, prepared.relay.forwarder if prepared.relay is not None else "")
            last = self._places.pop(where, None)
            if last is not None and signed["nonce"] > last + 1:
                raise ClientError(
                    f"Call number {signed['nonce']} is to be signed, and {last} was the last one here: another program "
                    "signs for this account, or the service keeps a call back. See the account's statement; to go on, "
                    "ask again."
                )
            self._places[where] = signed["nonce"]
            return json.dumps(signed)
        return "0x" + sign(self._own(), pool, prepared, verb, most_fee=self._most_fee, **meant).raw.hex()

    def _own(self) -> Signer:
        if self.signer is None:
            raise ClientError("This client has no key of its own: give it a signer.")
        return self.signer

    def _submit(self, path: str, body: Any, key: str | None, seconds: float) -> Flow[answers.Submission]:
        asked = post(path, body, key=key or uuid.uuid4().hex, wait=min(seconds, HELD))
        submission = answers.Submission.read((yield from answered(asked, self._tries)))
        return (yield from self._until_decided(submission, f"/submissions/{submission.id}", seconds))

    def _until_decided(self, submission: answers.Submission, path: str, seconds: float) -> Flow[answers.Submission]:
        """The submission once the chain has decided it; at once where nobody waits.

        Raises:
            NotDecided: time is up.
        """
        until = time.monotonic() + seconds
        while seconds and not submission.decided:
            left = until - time.monotonic()
            if left <= 0:
                raise NotDecided(submission.id, seconds)
            answer = yield from answered(get(path, wait=max(1.0, min(left, HELD))), self._tries)
            submission = answers.Submission.read(answer)
            if not submission.decided:
                yield Sleep(min(0.5, max(0.0, until - time.monotonic())))
        return submission

    # WHAT IS SO

    def contributions(
        self, pool: str, contributor: str | None, status: str | None, limit: int | None
    ) -> Flow[list[answers.Contribution]]:
        """A pool's contributions, newest first."""
        found = yield from self._pages(f"/pools/{pool}/contributions", limit, contributor=contributor, status=status)
        return [answers.Contribution.read(each) for each in found]

    def receipt(self, pool: str, index: int) -> Flow[dict[str, Any]]:
        """A contribution's receipt, as the API has it."""
        found: dict[str, Any] = yield from answered(get(f"/pools/{pool}/contributions/{index}/receipt"), self._tries)
        return found

    def statement(self, pool: str, address: str) -> Flow[list[answers.Entry]]:
        """An account's statement in a pool, oldest first."""
        found = yield from self._pages(f"/pools/{pool}/statements/{address}")
        return [answers.Entry.read(each) for each in found]

    def account(self) -> Flow[answers.Account]:
        """The client's own account."""
        path = "/accounts/me" if self.signer is None else f"/accounts/{self.signer.address}"
        return answers.Account.read((yield from answered(get(path), self._tries)))

    def create_account(self, name: str, key: str | None) -> Flow[answers.NewAccount]:
        """A managed account of a development chain."""
        return answers.NewAccount.read((yield from answered(post("/accounts", {"name": name}, key=key), self._tries)))

    def faucet(self, amount: int, key: str | None) -> Flow[Any]:
        """Ether for the managed account, on a development chain."""
        asked = post("/accounts/me/faucet", {"amount": str(amount)}, key=key)
        return (yield from answered(asked, self._tries))

    def quality(self, which: str, newest: int | None) -> Flow[dict[str, Any]]:
        """Advice about what was contributed, as the API has it."""
        found: dict[str, Any] = yield from answered(get(f"/pools/{which}/quality", newest=newest), self._tries)
        return found

    # WEBHOOKS

    def webhooks(self) -> Flow[list[answers.Webhook]]:
        """The caller's own."""
        found = yield from answered(get("/webhooks"), self._tries)
        return [answers.Webhook.read(each) for each in found["items"]]

    def create_webhook(self, url: str, pool: str | None, account: str | None, key: str | None) -> Flow[answers.Webhook]:
        """One more, with its secret."""
        body = {"url": url, "pool": pool, "account": account}
        return answers.Webhook.read((yield from answered(post("/webhooks", body, key=key), self._tries)))

    def remove_webhook(self, which: str) -> Flow[None]:
        """One less."""
        yield from answered(Ask("DELETE", f"/webhooks/{which}"), self._tries)

    def enable_webhook(self, which: str) -> Flow[answers.Webhook]:
        """Deliver again."""
        return answers.Webhook.read((yield from answered(post(f"/webhooks/{which}/enable"), self._tries)))

    def deliveries(self, which: str) -> Flow[list[answers.Delivery]]:
        """The last requests to it, newest first."""
        found = yield from answered(get(f"/webhooks/{which}/deliveries"), self._tries)
        return [answers.Delivery.read(each) for each in found["items"]]

    def test_webhook(self, which: str, seconds: float) -> Flow[answers.Delivery]:
        """What comes of a test.

        Raises:
            ClientError: nothing was known of it in time.
        """
        before = {each.id for each in (yield from self.deliveries(which))}
        yield from answered(post(f"/webhooks/{which}/tests"), self._tries)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for each in (yield from self.deliveries(which)):
                if each.type == "test" and each.id not in before:
                    return each
            yield Sleep(0.5)
        raise ClientError(f"Nothing is known of the test of webhook {which} yet: look at its deliveries later.")

    def _pages(self, path: str, limit: int | None = None, **filters: Any) -> Flow[list[Any]]:
        found: list[Any] = []
        cursor = None
        while limit is None or len(found) < limit:
            size = PAGE if limit is None else min(PAGE, limit - len(found))
            page = yield from answered(get(path, cursor=cursor, limit=size, **filters), self._tries)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        return found
