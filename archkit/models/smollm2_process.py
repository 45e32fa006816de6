"""The process that serves SmolLM2: started by `archkit.models.smollm2_server`, and gone when its parent is.

A process of its own, because llama.cpp's server, embedded by xllamacpp, never returns from being stopped while it
is still answering somebody, and would take the notebook's kernel with it.
"""

import json
import os
import signal
import sys

__all__ = ["main"]


def main() -> None:
    """Serve what the first line of standard input describes (JSON), until standard input is closed.

    The address, or the reason for not serving, goes to standard output as one line of JSON.
    """
    # Ctrl-C in a terminal reaches all of its processes; only the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wanted = json.loads(sys.stdin.readline())
    try:
        import xllamacpp

        settings = xllamacpp.CommonParams()
        settings.model.path = wanted["model"]
        settings.n_ctx = wanted["context_tokens"]
        settings.n_parallel = 1
        settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = wanted["threads"]
        settings.n_gpu_layers = 0  # the same arithmetic, and so the same answers, with and without a GPU
        settings.n_threads_http = 2
        settings.cache_ram_mib = 0
        settings.hostnames = ["127.0.0.1"]
        settings.port = 0
        settings.ui = False
        settings.verbosity = -1
        settings.api_keys = [wanted["api_key"]]
        server = xllamacpp.Server(settings)
        said = {"address": server.listening_address}
    except Exception as error:
        said = {"error": str(error) or type(error).__name__}
    print(json.dumps(said), flush=True)
    # The parent never writes again: this returns when it closes the pipe, or dies in whatever way.
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
