"""A web application served over real HTTP on this machine, for as long as a lesson needs it."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import httpx

__all__ = ["LocalService"]

_SECONDS_TO_START = 30.0


class LocalService:
    """An ASGI application behind uvicorn, in a thread, on a free port of the loopback interface.

    Use it in a `with` block, or call `stop` when it is no longer needed. Nothing outside this machine can reach it.

    Args:
        application: the application, such as a FastAPI one.

    Attributes:
        url: the address of the service, such as "http://127.0.0.1:50123".

    Raises:
        RuntimeError: if the service does not start; the application's own message is on standard error.
    """

    def __init__(self, application: Any) -> None:
        import uvicorn

        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._clients: list[httpx.Client] = []
        settings = uvicorn.Config(application, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._run, args=(listener,), name=self.url, daemon=True)
        self._thread.start()
        patience = time.monotonic() + _SECONDS_TO_START
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > patience:
                raise RuntimeError(f"The service at {self.url} did not start. Check the application that it was given.")
            time.sleep(0.005)

    def client(self) -> httpx.Client:
        """Return a client that keeps its connection to this service open, and ignores proxies. `stop` closes it."""
        import httpx

        self._clients.append(httpx.Client(base_url=self.url, trust_env=False))
        return self._clients[-1]

    def stop(self) -> None:
        """Close the clients and stop serving. Calling it again does nothing."""
        for client in self._clients:
            client.close()
        self._server.should_exit = True
        self._thread.join()

    def _run(self, listener: socket.socket) -> None:
        with listener:
            self._server.run(sockets=[listener])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.stop()
