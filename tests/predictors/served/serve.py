"""llama.cpp's server in a process of its own: ``serve.py MODEL.gguf SLOTS [PORT]`` prints its address."""

from __future__ import annotations

import socket
import sys
import time

import xllamacpp


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


given = xllamacpp.CommonParams()
given.model.path = sys.argv[1]
given.n_parallel = int(sys.argv[2])
given.n_ctx = 1024 * given.n_parallel
given.cpuparams.n_threads = given.cpuparams_batch.n_threads = 1
given.hostnames, given.port, given.verbosity = ["127.0.0.1"], int(sys.argv[3]) if sys.argv[3:] else free_port(), 0
server = xllamacpp.Server(given)
print(server.listening_address, flush=True)
while True:
    time.sleep(1)
