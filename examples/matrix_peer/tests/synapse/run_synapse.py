"""Starts Synapse in the foreground: run_synapse.py FOLDER, in which homeserver.yaml is.

It ends with its standard input, so that none is left behind when whoever started it is killed.
"""

import os
import sys
import threading

from signedjson.key import generate_signing_key, write_signing_keys
from synapse.app.homeserver import main

folder = sys.argv[1]
with open(os.path.join(folder, "signing.key"), "w") as keys:
    write_signing_keys(keys, [generate_signing_key("a_1")])


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_input, daemon=True).start()
sys.argv = ["synapse", "--config-path", os.path.join(folder, "homeserver.yaml")]
main()
