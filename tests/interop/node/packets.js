// Packets for an agent in the binary protocol, decoded with the definitions of the official client.
//
// Numbers of 64 bits are given as text, since a number here cannot hold them.
"use strict";

const installed = require("./installed");

const { Thrift } = installed("thriftrw");
const ThriftUtils = installed("jaeger-client/dist/src/thrift.js").default;

const { emitBatch } = new Thrift({
    entryPoint: ThriftUtils.buildAgentThriftPath(),
    allowFilesystemAccess: true,
    allowOptionalArguments: true,
}).Agent;

const number = (bytes) => bytes.readBigInt64BE(0).toString();

function bits(value) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return bytes.toString("hex");
}

const VALUES = {
    STRING: (tag) => tag.vStr,
    DOUBLE: (tag) => bits(tag.vDouble),
    BOOL: (tag) => tag.vBool,
    LONG: (tag) => number(tag.vLong),
    BINARY: (tag) => tag.vBinary.toString("hex"),
};
const FIELDS = ["vStr", "vDouble", "vBool", "vLong", "vBinary"];

// The lists are optional.
const all = (list, described) => (list || []).map(described);

const describedTag = (tag) => ({
    key: tag.key,
    type: tag.vType,
    value: VALUES[tag.vType](tag),
    fields: FIELDS.filter((field) => tag[field] !== null),
});

const describedReference = (reference) => ({
    type: reference.refType,
    trace_id: [number(reference.traceIdHigh), number(reference.traceIdLow)],
    span_id: number(reference.spanId),
});

const describedLog = (log) => ({
    timestamp: number(log.timestamp),
    fields: all(log.fields, describedTag),
});

const describedSpan = (span) => ({
    trace_id: [number(span.traceIdHigh), number(span.traceIdLow)],
    span_id: number(span.spanId),
    parent_span_id: number(span.parentSpanId),
    operation_name: span.operationName,
    references: all(span.references, describedReference),
    flags: span.flags,
    start_time: number(span.startTime),
    duration: number(span.duration),
    tags: all(span.tags, describedTag),
    logs: all(span.logs, describedLog),
});

// All fields of an `emitBatch` call in hexadecimal digits, and how many bytes are left after it.
function decode({ packet }) {
    const bytes = Buffer.from(packet, "hex");
    const { err, offset, value: message } = emitBatch.argumentsMessageRW.readFrom(bytes, 0);
    if (err) {
        throw err;
    }
    const { process, spans } = message.body.batch;
    return {
        message: message.name,
        is_oneway: message.type === "ONEWAY",
        sequence_id: message.id,
        process: { service_name: process.serviceName, tags: all(process.tags, describedTag) },
        spans: spans.map(describedSpan),
        left: bytes.length - offset,
    };
}

module.exports = { decode };
