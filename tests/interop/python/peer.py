"""A process that has Synapse's tracing and the official Jaeger client, for the tests of fedtrace.

It is configured by its first argument, a JSON object, and answers one JSON object for each that it reads.
"""

import json
import sys
import traceback
from types import SimpleNamespace

from synapse.config.tracer import TracerConfig
from synapse.logging import opentracing
from synapse.logging.context import LoggingContext

import contexts
import edus
import packets
import whitelist

SERVER_NAME = "synapse.example"


def start_tracer(config):
    """What a homeserver does at its start, with as much of a homeserver as that needs."""
    section = {
        "enabled": True,
        "homeserver_whitelist": config["homeserver_whitelist"],
        "jaeger_config": {
            "sampler": {"type": "const", "param": config["sampled"]},
            "generate_128bit_trace_id": config["trace_id_bits"] == 128,
            "local_agent": {
                "reporting_host": config["agent_host"],
                "reporting_port": config["agent_port"],
            },
            "logging": False,
        },
    }
    if "throttler_port" in config:
        section["jaeger_config"]["throttler"] = {"port": config["throttler_port"], "refresh_interval": 1}
    tracing = TracerConfig(None)
    tracing.read_config({"opentracing": section})
    homeserver = SimpleNamespace(
        config=SimpleNamespace(tracing=tracing, server=SimpleNamespace(server_name=SERVER_NAME)),
        get_instance_name=lambda: "worker-1",
    )
    opentracing.init_tracer(homeserver)


OPERATIONS = {
    "write": contexts.write,
    "read": contexts.read,
    "continue": contexts.continue_trace,
    "response header": contexts.response_header,
    "report": contexts.report,
    "send to device": edus.send_to_device,
    "send transaction": edus.send_transaction,
    "handle edu": edus.handle_edu,
    "decode": packets.decode,
    "listed": whitelist.listed,
    "refused": whitelist.refused,
}


def answer(request):
    operation = OPERATIONS[request.pop("do")]
    try:
        with LoggingContext(name="interop", server_name=SERVER_NAME):
            return operation(**request)
    except Exception:
        return {"failure": traceback.format_exc()}


def main():
    start_tracer(json.loads(sys.argv[1]))
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
