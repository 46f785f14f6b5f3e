// A process that has the official Jaeger client for Node, for the tests of fedtrace.
//
// It is configured by its first argument, a JSON object, and answers one JSON object for each that it reads.
"use strict";

const readline = require("readline");

const { decode } = require("./packets");
const { initTracer, opentracing } = require("./installed")("jaeger-client");

const FORMATS = {
    HTTP_HEADERS: opentracing.FORMAT_HTTP_HEADERS,
    TEXT_MAP: opentracing.FORMAT_TEXT_MAP,
};

const config = JSON.parse(process.argv[2]);
const tracer = initTracer(
    {
        serviceName: "node.example",
        sampler: { type: "const", param: config.sampled ? 1 : 0 },
    },
    {
        reporter: { report() {}, close() {}, setProcess() {} },
        traceId128bit: config.trace_id_bits === 128,
    },
);

function described(context) {
    return {
        trace_id: context.traceIdStr || null,
        span_id: context.spanIdStr || null,
        flags: context.flags,
        baggage: context.baggage,
        debug_id: context.debugId || null,
    };
}

function written(context, medium) {
    const carrier = {};
    tracer.inject(context, FORMATS[medium], carrier);
    return carrier;
}

const OPERATIONS = {
    decode,

    // What a child of a new trace writes, and its context.
    write({ medium, priority, baggage }) {
        const request = tracer.startSpan("request");
        if (priority) {
            request.setTag(opentracing.Tags.SAMPLING_PRIORITY, 1);
        }
        if (priority === "forced") {
            request.setBaggageItem("synapse-force-tracing", "1");
        }
        for (const [key, value] of Object.entries(baggage)) {
            request.setBaggageItem(key, value);
        }
        const context = tracer.startSpan("child", { childOf: request.context() }).context();
        return { carrier: written(context, medium), context: described(context) };
    },

    // The context that is read; without a trace it may still have baggage or a debug id.
    read({ medium, carrier }) {
        return described(tracer.extract(FORMATS[medium], carrier));
    },

    // The span that goes on with what is read, and what it writes.
    continue({ medium, carrier }) {
        const span = tracer.startSpan("continued", { childOf: tracer.extract(FORMATS[medium], carrier) });
        const context = span.context();
        const tags = Object.fromEntries(span._tags.map(({ key, value }) => [key, value]));
        return {
            context: described(context),
            parent_id: context.parentIdStr || null,
            tags,
            carrier: written(context, "HTTP_HEADERS"),
        };
    },
};

function answer(request) {
    try {
        return OPERATIONS[request.do](request);
    } catch (error) {
        return { failure: error.stack };
    }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
    console.log(JSON.stringify(answer(JSON.parse(line))));
});
