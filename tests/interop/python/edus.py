"""EDUs in the very code of Synapse that makes, sends and receives them; its surroundings are stubs."""

from functools import cache
from unittest.mock import AsyncMock, MagicMock

import opentracing
from synapse.api.constants import EduTypes
from synapse.federation.federation_server import FederationHandlerRegistry
from synapse.federation.sender.transaction_manager import TransactionManager
from synapse.federation.units import Edu
from synapse.handlers.devicemessage import DeviceMessageHandler
from synapse.types import create_requester
from twisted.internet import defer

from contexts import active_context, described, start_request

SENDER = "@alice:synapse.example"
RECEIVER = "@bob:remote.example"


@cache
def homeserver():
    server = MagicMock(hostname="synapse.example")
    server.get_instance_name.return_value = "master"
    server.is_mine.return_value = False
    server.should_send_federation.return_value = False
    clock = server.get_clock.return_value
    clock.time_msec.return_value = 1
    clock.time.return_value = 0.0
    federation = server.get_module_api_callbacks.return_value.federation
    federation.notify_on_event_delivered_over_federation = AsyncMock()
    store = server.get_datastores.return_value.main
    store.add_local_messages_from_client_to_device_inbox = AsyncMock()
    store.add_remote_messages_from_client_to_device_inbox = AsyncMock()
    server.get_federation_transport_client.return_value.send_transaction = AsyncMock()
    return server


@cache
def device_message_handler():
    return DeviceMessageHandler(homeserver())


@cache
def transaction_manager():
    return TransactionManager(homeserver())


def result_of(coroutine):
    """What a coroutine returns that has nothing to wait for, since all that it awaits are stubs."""
    results = []
    failures = []
    defer.ensureDeferred(coroutine).addCallbacks(results.append, failures.append)
    if failures:
        failures[0].raiseException()
    [result] = results
    return result


def send_to_device(priority, baggage):
    """The EDU that is stored for another server when a client sends a message to a device there."""
    store = homeserver().get_datastores().main.add_remote_messages_from_client_to_device_inbox
    messages = {RECEIVER: {"DEVICE": {"body": "hello"}}}
    with start_request(priority, baggage):
        context = described(active_context())
        requester = create_requester(SENDER)
        result_of(device_message_handler().send_device_message(requester, "m.room_key", messages))
    [contents] = store.call_args.args
    return {"content": contents["remote.example"], "context": context}


def send_transaction(destination, contents):
    """What leaves for this server of stored EDUs, and which contexts the transaction follows from."""
    causes = []

    async def send(transaction, json_data_callback):
        references = opentracing.tracer.active_span.references or []
        causes.extend(described(reference.referenced_context) for reference in references)
        return {}

    transport = homeserver().get_federation_transport_client()
    transport.send_transaction.side_effect = send
    edus = [Edu(EduTypes.DIRECT_TO_DEVICE, content, "synapse.example", destination) for content in contents]
    result_of(transaction_manager().send_new_transaction(destination, [], edus))
    [transaction, _] = transport.send_transaction.call_args.args
    return {"contents": [edu["content"] for edu in transaction.edus], "causes": causes}


def handle_edu(content):
    """The span in which an EDU that arrives is handled."""
    handled = []

    async def handler(origin, content):
        handled.append(described(active_context()))

    registry = FederationHandlerRegistry(homeserver())
    registry.register_edu_handler(EduTypes.DIRECT_TO_DEVICE, handler)
    result_of(registry.on_edu(EduTypes.DIRECT_TO_DEVICE, "remote.example", content))
    [context] = handled
    return context
