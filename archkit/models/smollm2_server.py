"""SmolLM2-135M-Instruct behind llama.cpp's OpenAI-compatible HTTP server, for this process alone."""

import atexit
import contextlib
import importlib.util
import json
import os
import secrets
import subprocess
import sys
import threading
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
    """A server that answers at `base_url` to those who send `api_key`; `pid` is its process."""

    address: str
    api_key: str
    pid: int

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
_process: "subprocess.Popen[str] | None" = None
_running: RunningServer | None = None
_owner = 0  # the process that started it; a fork of that process inherits these names but not the right to stop it


def is_running() -> bool:
    """Say whether this process has a server."""
    return _running is not None and _process is not None and _owner == os.getpid() and _process.poll() is None


def start() -> RunningServer:
    """Return this process's server, starting it (about a second) when there is none.

    It listens on a free port of the loopback interface, asks for a key made for this run, works on one request at a
    time, and uses one thread. It ends with this process, in whatever way this process ends.

    Raises:
        archkit.model_files.ModelUnavailable: if llama.cpp is not available for this computer, the model's file
            cannot be fetched, or the server does not start.
    """
    global _process, _running, _owner
    with _lock:
        if _running is not None and is_running():
            return _running
        if importlib.util.find_spec("xllamacpp") is None:
            raise ModelUnavailable(
                "SmolLM2 cannot run here: llama.cpp (the package xllamacpp) is not installed. Run `pip install "
                "xllamacpp`, which Linux, macOS and Windows have, or use the embedded model."
            )
        key = secrets.token_hex(16)
        wanted = {
            "model": str(model_file("smollm2")),
            "context_tokens": CONTEXT_TOKENS,
            "threads": _THREADS,
            "api_key": key,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "archkit.models.smollm2_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdin is not None and process.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError):  # it died at once, which the next line shows
                process.stdin.write(json.dumps(wanted) + "\n")
                process.stdin.flush()
            line = process.stdout.readline()
        except BaseException:
            _end(process)
            raise
        said = json.loads(line) if line else {"error": f"its process ended with code {process.wait()}"}
        if "error" in said:
            _end(process)
            raise ModelUnavailable(
                f"SmolLM2's server did not start ({said['error']}). Close other notebooks to free memory and try "
                "again, or use the embedded model."
            )
        _process, _running, _owner = process, RunningServer(said["address"], key, process.pid), os.getpid()
        return _running


def stop() -> None:
    """Stop this process's server at once and free its memory. Without a server, do nothing.

    Chat models that were made before cannot be used any more; make new ones.
    """
    global _process, _running
    with _lock:
        if _process is not None and _owner == os.getpid():
            _end(_process)
            _process = _running = None


def _end(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


atexit.register(stop)
