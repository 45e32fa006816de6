import httpx
import pytest
from fastapi import FastAPI

from archkit.local_service import LocalService


def greeting() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def greet() -> dict[str, str]:
        return {"hello": "there"}

    return app


def test_a_service_answers_over_http_on_the_loopback_interface() -> None:
    with LocalService(greeting()) as service:
        assert service.url.startswith("http://127.0.0.1:")
        assert service.client().get("/").json() == {"hello": "there"}


def test_two_services_run_beside_each_other() -> None:
    with LocalService(greeting()) as one, LocalService(greeting()) as other:
        assert one.url != other.url
        assert one.client().get("/").json() == other.client().get("/").json()


def test_a_stopped_service_answers_no_more_and_can_be_stopped_again() -> None:
    service = LocalService(greeting())
    service.stop()
    service.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(service.url, trust_env=False)


def test_a_proxy_that_is_set_for_everything_else_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with LocalService(greeting()) as service:
        assert service.client().get("/").status_code == 200
