"""Packets for an agent, decoded by the code that was generated for the official client.

Numbers of 64 bits are given as text, since JSON in general cannot hold them.
"""

import struct

from jaeger_client.thrift_gen.agent.Agent import emitBatch_args
from jaeger_client.thrift_gen.jaeger.ttypes import SpanRefType, TagType
from thrift.protocol.TCompactProtocol import TCompactProtocol
from thrift.Thrift import TMessageType
from thrift.transport.TTransport import TMemoryBuffer

VALUES = {
    TagType.STRING: lambda tag: tag.vStr,
    TagType.DOUBLE: lambda tag: struct.pack(">d", tag.vDouble).hex(),
    TagType.BOOL: lambda tag: bool(tag.vBool),
    TagType.LONG: lambda tag: str(tag.vLong),
    TagType.BINARY: lambda tag: tag.vBinary.encode(errors="surrogateescape").hex(),
}


class Protocol(TCompactProtocol):
    def readString(self):
        # The generated code has no type for bytes, which need not be text.
        return self.readBinary().decode(errors="surrogateescape")


def described_tag(tag):
    fields = ["vStr", "vDouble", "vBool", "vLong", "vBinary"]
    return {
        "key": tag.key,
        "type": TagType._VALUES_TO_NAMES[tag.vType],
        "value": VALUES[tag.vType](tag),
        "fields": [field for field in fields if getattr(tag, field) is not None],
    }


def described_tags(tags):
    return [described_tag(tag) for tag in tags or []]


def described_reference(reference):
    return {
        "type": SpanRefType._VALUES_TO_NAMES[reference.refType],
        "trace_id": [str(reference.traceIdHigh), str(reference.traceIdLow)],
        "span_id": str(reference.spanId),
    }


def described_log(log):
    return {"timestamp": str(log.timestamp), "fields": described_tags(log.fields)}


def described_span(span):
    return {
        "trace_id": [str(span.traceIdHigh), str(span.traceIdLow)],
        "span_id": str(span.spanId),
        "parent_span_id": str(span.parentSpanId),
        "operation_name": span.operationName,
        "references": [described_reference(reference) for reference in span.references or []],
        "flags": span.flags,
        "start_time": str(span.startTime),
        "duration": str(span.duration),
        "tags": described_tags(span.tags),
        "logs": [described_log(log) for log in span.logs or []],
    }


def decode(packet):
    """All fields of an `emitBatch` call in hexadecimal digits, and how many bytes are left after it."""
    transport = TMemoryBuffer(bytes.fromhex(packet))
    protocol = Protocol(transport)
    name, kind, sequence_id = protocol.readMessageBegin()
    arguments = emitBatch_args()
    arguments.read(protocol)
    protocol.readMessageEnd()
    batch = arguments.batch
    return {
        "message": name,
        "is_oneway": kind == TMessageType.ONEWAY,
        "sequence_id": sequence_id,
        "process": {
            "service_name": batch.process.serviceName,
            "tags": described_tags(batch.process.tags),
        },
        "spans": [described_span(span) for span in batch.spans],
        "left": len(transport.read(1 << 16)),
    }
