"""Which servers Synapse lists."""

import re

from synapse.logging import opentracing


def listed(patterns, server_names):
    before = opentracing._homeserver_whitelist
    opentracing.set_homeserver_whitelist(patterns)
    answers = [opentracing.whitelisted_homeserver(name) for name in server_names]
    opentracing._homeserver_whitelist = before
    return answers


def refused(pattern):
    """Why Synapse does not start with this entry."""
    try:
        listed([pattern], [])
    except re.error as error:
        return str(error)
