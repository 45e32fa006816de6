"""SmolLM2-135M-Instruct behind llama.cpp's OpenAI-compatible HTTP server, on this machine alone.

The server runs on threads of this process (that is how xllamacpp embeds it), so it cannot outlive it: when a kernel
is restarted or killed, the server is gone.
"""

import atexit
import json
import os
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archkit.model_files import ModelUnavailable, model_file

__all__ = ["CONTEXT_TOKENS", "RunningServer", "is_running", "start", "stop"]

CONTEXT_TOKENS = 2048
"""Tokens of prompt and answer together. The model was trained for 8192; a smaller cache keeps the memory low."""

_THREADS = 1  # on two busy cores, two threads decode at 5 to 10 tokens/s where one reaches 25 to 37


@dataclass(frozen=True)
class RunningServer:
    """A server that answers at `base_url` (ending in /v1) to those who send `api_key`."""

    address: str
    api_key: str

    @property
    def base_url(self) -> str:
        """Where OpenAI clients are to be pointed."""
        return f"{self.address}/v1"

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send JSON to one of llama.cpp's own endpoints, such as /tokenize, and return the JSON it answers."""
        request = urllib.request.Request(
            self.address + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {self.api_key}"},
        )
        # Loopback is never behind a proxy, whatever the environment says about others.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            return json.load(answer)


_lock = threading.Lock()
_native: Any = None  # the xllamacpp server; it stops when nothing refers to it
_running: RunningServer | None = None
_process = 0


def is_running() -> bool:
    """Say whether this process has a server."""
    # A forked process inherits these names but none of the threads behind them.
    return _running is not None and _process == os.getpid()


def start() -> RunningServer:
    """Return this process's server, starting it (about a second) when there is none.

    It listens on a free port of the loopback interface, keeps one request in work at a time, and uses one thread.

    Raises:
        archkit.model_files.ModelUnavailable: if llama.cpp is not available for this computer, the model's file
            cannot be fetched, or the server does not start.
    """
    global _native, _running, _process
    with _lock:
        if _running is not None and is_running():
            return _running
        path = model_file("smollm2")
        try:
            import xllamacpp
        except ImportError as error:
            raise ModelUnavailable(
                f"SmolLM2 cannot run here: llama.cpp (the package xllamacpp) could not be imported ({error}). "
                "Use the embedded model, or install it with `pip install xllamacpp` on Linux, macOS or Windows."
            ) from error
        settings = xllamacpp.CommonParams()
        settings.model.path = str(path)
        settings.n_ctx = CONTEXT_TOKENS
        settings.n_parallel = 1
        settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = _THREADS
        settings.n_gpu_layers = 0  # the same arithmetic, and so the same answers, with and without a GPU
        settings.n_threads_http = 2
        settings.cache_ram_mib = 0
        settings.hostnames = ["127.0.0.1"]
        settings.port = 0
        settings.ui = False
        settings.verbosity = -1
        key = secrets.token_hex(16)
        settings.api_keys = [key]
        try:
            native = xllamacpp.Server(settings)
            address = native.listening_address
        except Exception as error:
            raise ModelUnavailable(
                f"SmolLM2's server did not start ({error}). Close other notebooks to free memory and try again, "
                "or use the embedded model."
            ) from error
        _native, _running, _process = native, RunningServer(address, key), os.getpid()
        return _running


def stop() -> None:
    """Stop this process's server and free its memory (about 200 MB). Without a server, do nothing."""
    global _native, _running
    with _lock:
        if is_running():
            _native = None
            _running = None


atexit.register(stop)
