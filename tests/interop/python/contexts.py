"""Contexts in headers, text maps and strings: what Synapse and the Jaeger client write and read."""

import time

import opentracing
from jaeger_client.codecs import B3Codec
from opentracing.propagation import Format
from synapse.logging import opentracing as synapse
from twisted.web.http import Request
from twisted.web.http_headers import Headers
from twisted.web.test.requesthelper import DummyChannel


def described(context):
    """A context in words that JSON has; ids are hexadecimal digits."""
    if context is None:
        return None
    return {
        "trace_id": context.trace_id and f"{context.trace_id:x}",
        "span_id": context.span_id and f"{context.span_id:x}",
        "flags": context.flags,
        "baggage": dict(context.baggage),
        "debug_id": context.debug_id,
    }


def active_context():
    return opentracing.tracer.active_span.context


def jaeger_inject(format):
    carrier = {}
    opentracing.tracer.inject(active_context(), format, carrier)
    return carrier


def b3_inject(context):
    carrier = {}
    B3Codec(generate_128bit_trace_id=context.trace_id >= 1 << 64).inject(context, carrier)
    return carrier


def header_dict(**arguments):
    headers = {}
    synapse.inject_header_dict(headers, **arguments)
    return {key.decode(): value.decode() for key, [value] in headers.items()}


def request_headers():
    headers = {}
    synapse.inject_request_headers(headers)
    return headers


WRITERS = {
    "B3": lambda to: b3_inject(active_context()),
    "HTTP_HEADERS": lambda to: jaeger_inject(Format.HTTP_HEADERS),
    "TEXT_MAP": lambda to: jaeger_inject(Format.TEXT_MAP),
    "inject_header_dict": lambda to: header_dict(destination=to),
    "inject_header_dict, unchecked": lambda to: header_dict(check_destination=False),
    "inject_request_headers": lambda to: request_headers(),
    "get_active_span_text_map": synapse.get_active_span_text_map,
    "active_span_context_as_string": lambda to: synapse.active_span_context_as_string(),
}


def from_request(headers):
    request = Request(DummyChannel(), False)
    request.requestHeaders = Headers({name: [value] for name, value in headers.items()})
    return synapse.span_context_from_request(request)


READERS = {
    "B3": B3Codec().extract,
    "HTTP_HEADERS": lambda carrier: opentracing.tracer.extract(Format.HTTP_HEADERS, carrier),
    "TEXT_MAP": lambda carrier: opentracing.tracer.extract(Format.TEXT_MAP, carrier),
    "span_context_from_request": from_request,
    "span_context_from_string": synapse.span_context_from_string,
    "extract_text_map": synapse.extract_text_map,
}


def start_request(priority, baggage):
    """A span such as a request makes, with what it says about its trace."""
    scope = synapse.start_active_span("request")
    if priority == "debug":
        synapse.set_tag(synapse.tags.SAMPLING_PRIORITY, 1)
    elif priority == "forced":
        synapse.force_tracing()
    for key, value in baggage.items():
        scope.span.set_baggage_item(key, value)
    return scope


def write(medium, priority, baggage, to=None):
    """What a child of a new trace writes, and its context."""
    with start_request(priority, baggage), synapse.start_active_span("child"):
        return {"carrier": WRITERS[medium](to), "context": described(active_context())}


def read(medium, carrier):
    """The context that is read, or the exception instead."""
    try:
        return described(READERS[medium](carrier))
    except opentracing.SpanContextCorruptedException as error:
        return {"raises": type(error).__name__}


def continue_trace(medium, carrier):
    """The span that goes on with what is read, and what it writes to a worker."""
    with synapse.start_active_span("continued", child_of=READERS[medium](carrier)) as scope:
        return {
            "context": described(scope.span.context),
            "parent_id": scope.span.parent_id and f"{scope.span.parent_id:x}",
            "tags": {tag.key: tag.vStr for tag in scope.span.tags},
            "is_forced": synapse.is_context_forced_tracing(scope.span.context),
            "carrier": header_dict(check_destination=False),
        }


def response_header(carrier):
    """What the response to a request that continues this context is given."""
    headers = Headers()
    with synapse.start_active_span("request", child_of=READERS["TEXT_MAP"](carrier)):
        synapse.inject_response_headers(headers)
    return {key.decode(): value.decode() for key, [value] in headers.getAllRawHeaders()}


def report():
    """A finished span with something of each kind, which goes to the agent."""
    with synapse.start_active_span("cause") as cause:
        pass
    with synapse.start_active_span_follows_from("reported", [cause.span.context]) as scope:
        for key, value in {"text": "ž", "yes": True, "number": -7, "double": 0.5}.items():
            synapse.set_tag(key, value)
        synapse.log_kv({"event": "e", "attempt": 2})
    closed = opentracing.tracer.reporter.close()
    deadline = time.monotonic() + 10
    while not closed.done():
        if time.monotonic() > deadline:
            raise TimeoutError("the reporter does not close")
        time.sleep(0.01)
    return described(scope.span.context)
