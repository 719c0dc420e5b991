"""The client of asynchronous programs."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Self

import httpx

from earnest.client import answers
from earnest.client.asking import AGAIN, Ask, Flow, Heard, Result, Sleep
from earnest.client.errors import Unreachable
from earnest.client.events import EventReader
from earnest.client.flows import Flows, Sample
from earnest.client.signing import MOST_FEE, Signer
from earnest.client.wire import ANSWER_SECONDS, TRIES, WAIT, connection, heard, refused, request_of, silence


class AsyncClient:
    """Asks a service; as `earnest.client.Client`, with `await`.

    Args:
        url: its address.
        token: of a managed account, an API key, or the operator's.
        signer: of an account with a key of its own, in place of a managed one: what it sends is prepared by the
            service, checked, and signed here.
        tries: of each request, the first included; what could be done twice is tried once.
        most_fee: highest fee for one transaction that is signed, in wei.
        relayed: whether the service sends what `signer` signs and pays its gas, in pools for which it does that.
        transport: of httpx, for tests and for special connections.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        token: str | None = None,
        signer: Signer | None = None,
        tries: int = TRIES,
        most_fee: int = MOST_FEE,
        relayed: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(**connection(url, token), transport=transport)
        self._flows = Flows(tries, signer, most_fee, relayed=relayed)
        self._tries = tries

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *ignored: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _run(self, flow: Flow[Result]) -> Result:
        came: Any = None
        while True:
            try:
                step = flow.send(came)
            except StopIteration as end:
                result: Result = end.value
                return result
            came = await self._take(step)

    async def _take(self, step: Ask | Sleep) -> Heard | None:
        if isinstance(step, Sleep):
            await asyncio.sleep(step.seconds)
            return None
        try:
            return heard(await self._http.request(**request_of(step)))
        except httpx.HTTPError as error:
            return silence(error)

    @property
    def signs(self) -> bool:
        """Whether the account has a key of its own here."""
        return self._flows.signer is not None

    @property
    def address(self) -> str | None:
        """The account's address, where it has a key of its own here."""
        return self._flows.signer.address if self._flows.signer is not None else None

    # POOLS

    async def pools(self) -> list[answers.Pool]:
        """All pools, oldest first."""
        return await self._run(self._flows.pools())

    async def pool(self, which: str) -> answers.Pool:
        """A pool by its id or address."""
        return await self._run(self._flows.pool(which))

    async def create_pool(self, request: dict[str, Any], *, key: str | None = None, wait: float = 300) -> answers.Pool:
        """Deploy a pool, and wait until it is; for the operator."""
        return await self._run(self._flows.create_pool(request, key, wait))

    async def import_pool(
        self,
        address: str,
        name: str,
        *,
        encoder: str | None = None,
        from_block: int = 0,
        forwarders: Sequence[str] = (),
        key: str | None = None,
    ) -> answers.Pool:
        """Serve a pool that somebody else deployed; for the operator. `encoder` is its encoder's file's content.

        `forwarders` are trusted forwarders (ERC-2771) that are known to check signatures: a pool of another is refused.
        """
        return await self._run(self._flows.import_pool(address, name, encoder, from_block, forwarders, key))

    async def pause(self, pool: str) -> answers.Pool:
        """Stop contributions; for the operator."""
        return await self._run(self._flows.set_paused(pool, paused=True))

    async def unpause(self, pool: str) -> answers.Pool:
        """Let contributions go on; for the operator."""
        return await self._run(self._flows.set_paused(pool, paused=False))

    # SAMPLES

    async def predict(self, pool: str, samples: Sequence[Sample]) -> list[answers.Prediction]:
        """Class and score of texts, or of features; free."""
        return await self._run(self._flows.predict(pool, samples))

    async def quote(self, pool: str, sample: Sample, label: int) -> answers.Quote:
        """What contributing a sample would cost and bring."""
        return await self._run(self._flows.quote(pool, sample, label))

    async def prepare(self, pool: str, verb: str, body: dict[str, Any]) -> answers.Prepared:
        """The unsigned transaction of a verb; nothing is sent."""
        return await self._run(self._flows.prepare(pool, verb, body))

    # WHAT GOES TO THE CHAIN

    async def contribute(
        self,
        pool: str,
        items: Iterable[tuple[Sample, int] | dict[str, Any]],
        *,
        max_price: int | None = None,
        key: str | None = None,
        wait: float = WAIT,
        keep_text: bool = True,
        one_commitment: bool = False,
    ) -> answers.Submission:
        """Contribute labelled samples: pairs of a text or features and a label.

        Args:
            pool: its id or address.
            items: the samples.
            max_price: most that one may cost, in wei; the price now by default.
            key: under which the same request is never carried out twice.
            wait: seconds to wait for what the chain decides; 0 for not at all.
            keep_text: whether the service keeps the texts beside the samples.
            one_commitment: whether samples share a commitment, which makes contributing cheaper and claims dearer.

        Raises:
            NotDecided: time is up.
        """
        return await self._run(
            self._flows.contribute(
                pool, items, max_price, key, wait, keep_text=keep_text, one_commitment=one_commitment
            )
        )

    async def claim(
        self, pool: str, verb: str, indices: Sequence[int], *, key: str | None = None, wait: float = WAIT
    ) -> answers.Submission:
        """Refund, report or collect contributions."""
        return await self._run(self._flows.claim(pool, verb, indices, key, wait))

    async def withdraw(self, pool: str, *, key: str | None = None, wait: float = WAIT) -> answers.Submission:
        """Pay out what a pool owes the account."""
        return await self._run(self._flows.withdraw(pool, key, wait))

    async def submission(self, which: str, *, wait: float = 0) -> answers.Submission:
        """A submission of the managed account."""
        return await self._run(self._flows.submission(which, wait))

    async def signed(
        self,
        pool: str,
        items: Sequence[dict[str, Any]],
        *,
        max_price: int | None = None,
        one_commitment: bool = False,
    ) -> str:
        """What contributes samples, signed with the client's own key and not sent: a transaction in hex, or JSON."""
        return await self._run(self._flows.signed(pool, items, max_price, one_commitment=one_commitment))

    async def hand_in(
        self, raw: str, texts: list[str | None] | None = None, *, wait: float = WAIT
    ) -> answers.Submission:
        """Have what was signed sent and followed; the same again is the same submission."""
        return await self._run(self._flows.hand_in(raw, texts, wait))

    # WHAT IS SO

    async def contributions(
        self, pool: str, *, contributor: str | None = None, status: str | None = None, limit: int | None = None
    ) -> list[answers.Contribution]:
        """A pool's contributions, newest first, with what can be done with each."""
        return await self._run(self._flows.contributions(pool, contributor, status, limit))

    async def receipt(self, pool: str, index: int) -> dict[str, Any]:
        """A contribution's money, as the API has it."""
        return await self._run(self._flows.receipt(pool, index))

    async def statement(self, pool: str, address: str | None = None) -> list[answers.Entry]:
        """What changed an account's credit in a pool; of the client's own account by default."""
        return await self._run(self._flows.statement(pool, address or (await self.account()).address))

    async def account(self) -> answers.Account:
        """The client's own account."""
        return await self._run(self._flows.account())

    async def create_account(self, name: str, *, key: str | None = None) -> answers.NewAccount:
        """A managed account, on a development chain."""
        return await self._run(self._flows.create_account(name, key))

    async def faucet(self, amount: int, *, key: str | None = None) -> Any:
        """Ether for the managed account, on a development chain."""
        return await self._run(self._flows.faucet(amount, key))

    async def quality(self, pool: str, newest: int | None = None) -> dict[str, Any]:
        """Advice about the newest contributions, as the API has it; for the pool's owner and the operator."""
        return await self._run(self._flows.quality(pool, newest))

    # WEBHOOKS

    async def webhooks(self) -> list[answers.Webhook]:
        """The account's, or the operator's, webhooks, newest first."""
        return await self._run(self._flows.webhooks())

    async def create_webhook(
        self, url: str, *, pool: str | None = None, account: str | None = None, key: str | None = None
    ) -> answers.Webhook:
        """Have events delivered to an address: a pool's, or an account's; without either, the caller's own."""
        return await self._run(self._flows.create_webhook(url, pool, account, key))

    async def remove_webhook(self, which: str) -> None:
        """Deliver nothing more."""
        await self._run(self._flows.remove_webhook(which))

    async def enable_webhook(self, which: str) -> answers.Webhook:
        """Deliver again to a webhook that was set aside, from where it stopped."""
        return await self._run(self._flows.enable_webhook(which))

    async def test_webhook(self, which: str, *, wait: float = 30) -> answers.Delivery:
        """Have a test sent, and wait for what comes of it."""
        return await self._run(self._flows.test_webhook(which, wait))

    async def deliveries(self, which: str) -> list[answers.Delivery]:
        """The last requests to a webhook, newest first."""
        return await self._run(self._flows.deliveries(which))

    # LIVE

    async def events(
        self, *, pool: str | None = None, account: str | None = None, last: str | None = None
    ) -> AsyncIterator[answers.Event]:
        """What happens in a pool, or to an account, for as long as it is iterated over; cut off, it goes on.

        Args:
            pool: its id or address.
            account: its address, if not a pool's events are wanted.
            last: `id` of the last event that is known.

        Raises:
            Refused: there is no such pool or address.
            Unreachable: the service stays silent.
        """
        path = f"/pools/{pool}/events" if pool is not None else f"/accounts/{account}/events"
        reader, silent = EventReader(last), 0
        while True:
            headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": reader.last} if reader.last else {})
            try:
                async with self._http.stream("GET", path, headers=headers, timeout=ANSWER_SECONDS) as answer:
                    if answer.is_error and answer.status_code not in AGAIN:
                        raise refused(answer.status_code, await answer.aread())
                    async for line in answer.aiter_lines():
                        if answer.is_error:
                            break
                        silent = 0
                        event = reader.line(line)
                        if event is not None:
                            yield event
            except httpx.HTTPError as error:
                if silent >= self._tries:
                    raise Unreachable(f"The service does not answer: {error}.") from None
            silent += 1
            if silent > self._tries:
                raise Unreachable("The service ends the stream of events again and again.")
            await asyncio.sleep(min(2.0, 0.25 * 2**silent))

    async def download(self, path: str) -> AsyncIterator[bytes]:
        """What an address of the API gives, piece by piece."""
        async with self._http.stream("GET", path) as answer:
            if answer.is_error:
                raise refused(answer.status_code, await answer.aread())
            async for piece in answer.aiter_bytes():
                yield piece
