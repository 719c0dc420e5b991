"""Spans of what this process does, for OpenTelemetry: requests, calls of the chain, rounds of the sync, submissions.

Where no endpoint is set, nothing of OpenTelemetry is imported, and a span costs next to nothing. A span says what was
done, and which request or transaction it is about. It holds no bodies, headers, queries, addresses of nodes or
messages of errors, in which secrets could be.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, Protocol

from earnest.extras import needed

Fact = str | int | float | bool

#: Set on a span that began with `may_be_idle`, and in which nothing happened.
_IDLE = "earnest.idle"
#: Where traces are sent, below the endpoint (OTLP over HTTP).
TRACES = "/v1/traces"
#: Spans of a round that are kept until it is known whether anything happened in it.
_MOST_HELD = 512
#: Seconds in which the last spans are sent at the end.
_FLUSH_SECONDS = 2.0


class Span(Protocol):
    """What was begun, and will be told once it ends."""

    def say(self, **facts: Fact | None) -> None:
        """Add facts; `__` in a name stands for a full stop, and None for nothing to say."""

    def rename(self, name: str) -> None:
        """Call it otherwise, once it is known what it is."""

    def idle(self) -> None:
        """Nothing happened in it: leave it out, with all that it did."""


class _Nothing:
    """In place of a span where nobody asked for any."""

    def say(self, **facts: Fact | None) -> None:
        pass

    def rename(self, name: str) -> None:
        pass

    def idle(self) -> None:
        pass


_NOTHING = _Nothing()


class Telemetry:
    """Makes spans, and sends them from a thread of its own, in batches; what cannot be sent is dropped.

    Args:
        endpoint: of a collector that takes OTLP over HTTP, without `/v1/traces`.
        headers: sent with every batch, such as a collector's key.

    Raises:
        ExtraMissing: OpenTelemetry is not installed.
    """

    def __init__(self, endpoint: str, headers: Mapping[str, str] | None = None) -> None:
        with needed("telemetry", "EARNEST_OTEL_ENDPOINT"):
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        exporter = OTLPSpanExporter(endpoint.rstrip("/") + TRACES, headers=dict(headers or {}), timeout=5)
        resource = Resource.create({"service.name": "earnest", "service.version": version("earnest")})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(_without_idle(BatchSpanProcessor(exporter)))
        self._tracer = self._provider.get_tracer("earnest")
        self._parents = TraceContextTextMapPropagator()

    @contextmanager
    def span(
        self, name: str, parent: Mapping[str, str] | None, *, may_be_idle: bool, facts: Mapping[str, Fact | None]
    ) -> Iterator[Span]:
        """A span around a block; one within another is its child. An error is told by its class alone."""
        from opentelemetry.trace import Status, StatusCode

        context = self._parents.extract(parent) if parent else None
        given = _named(facts) | ({_IDLE: False} if may_be_idle else {})
        with self._tracer.start_as_current_span(
            name, context=context, attributes=given, record_exception=False, set_status_on_exception=False
        ) as made:
            try:
                yield _Told(made)
            except BaseException as error:
                made.set_attribute("error.type", type(error).__name__)
                made.set_status(Status(StatusCode.ERROR))
                raise

    def stop(self) -> None:
        """Send what is left, for a moment."""
        # a collector that does not answer would hold the process's end up
        ending = threading.Thread(target=self._provider.shutdown, name="telemetry", daemon=True)
        ending.start()
        ending.join(_FLUSH_SECONDS)


class _Told:
    """A span of OpenTelemetry's."""

    def __init__(self, made: Any) -> None:
        self._made = made

    def say(self, **facts: Fact | None) -> None:
        self._made.set_attributes(_named(facts))

    def rename(self, name: str) -> None:
        self._made.update_name(name)

    def idle(self) -> None:
        self._made.set_attribute(_IDLE, True)


def _named(facts: Mapping[str, Fact | None]) -> dict[str, Fact]:
    return {name.replace("__", "."): value for name, value in facts.items() if value is not None}


def _without_idle(inner: Any) -> Any:
    """A processor that passes spans on, but for rounds in which nothing happened: there are four of them a second."""
    from opentelemetry.sdk.trace import SpanProcessor

    class WithoutIdle(SpanProcessor):
        """Holds what belongs to a round back until the round has ended."""

        def __init__(self) -> None:
            self._lock = threading.Lock()
            self._held: dict[int, list[Any]] = {}

        def on_start(self, span: Any, parent_context: Any = None) -> None:
            if span.parent is None and _IDLE in (span.attributes or {}):
                with self._lock:
                    self._held[span.context.trace_id] = []
            inner.on_start(span, parent_context)

        def on_end(self, span: Any) -> None:
            passed = [span]
            with self._lock:
                held = self._held.get(span.context.trace_id)
                if held is not None and span.parent is None:
                    del self._held[span.context.trace_id]
                    passed = [] if span.attributes.get(_IDLE) else [*held, span]
                elif held is not None and len(held) < _MOST_HELD:
                    held.append(span)
                    passed = []
            for each in passed:
                inner.on_end(each)

        def shutdown(self) -> None:
            inner.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return bool(inner.force_flush(timeout_millis))

    return WithoutIdle()


#: What this process makes spans with; None where nobody asked for any.
_telemetry: Telemetry | None = None


def start(endpoint: str, headers: Mapping[str, str] | None = None) -> None:
    """Make spans from now on, and send them to a collector.

    Raises:
        ExtraMissing: OpenTelemetry is not installed.
    """
    global _telemetry
    _telemetry = Telemetry(endpoint, headers)


def stop() -> None:
    """Make no more spans, and send what is left."""
    global _telemetry
    if _telemetry is not None:
        ended, _telemetry = _telemetry, None
        ended.stop()


@contextmanager
def span(
    name: str, parent: Mapping[str, str] | None = None, *, may_be_idle: bool = False, **facts: Fact | None
) -> Iterator[Span]:
    """A span around a block, where somebody asked for spans.

    Args:
        name: what is done; of a few, and not of as many as there are ids.
        parent: headers that may name a span of somebody else's (W3C Trace Context).
        may_be_idle: whether nothing may happen in it, so that it is left out.
        facts: see `Span.say`.
    """
    if _telemetry is None:
        yield _NOTHING
        return
    with _telemetry.span(name, parent, may_be_idle=may_be_idle, facts=facts) as made:
        yield made
