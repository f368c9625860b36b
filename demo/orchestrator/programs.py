"""Which programs the demo consists of, and the environment each is configured by."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from demo.orchestrator.ports import Ports
from demo.orchestrator.supervisor import Program

# An inherited setting of the person's own tracer, or a proxy that can't see this machine's loopback interface, would
# change what the demo shows.
_NOT_INHERITED = ("DD_", "_DD_", "OTEL_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "PYTHONPATH")

# Nothing of the tracer is switched off: beside an Agent that takes only traces it runs without an error.
_TRACER = {
    "DD_ENV": "demo",
    # kombu is the one library here whose integration is off by default.
    "DD_TRACE_KOMBU_ENABLED": "true",
}


class Programs:
    """Makes the programs. `scratch` is a folder for databases, queue and temporary files that goes at the end."""

    def __init__(self, python: Path, root: Path, scratch: Path, ports: Ports, agent_url: str) -> None:
        self._python = python
        self._scratch = scratch
        self._ports = ports
        self._agent_url = agent_url
        inherited = {key: value for key, value in os.environ.items() if not key.upper().startswith(_NOT_INHERITED)}
        self._base_env = {**inherited, "PYTHONPATH": str(root), "TMPDIR": str(scratch), "PYTHONUNBUFFERED": "1"}

    def first_ones(self) -> list[Program]:
        """All but the second version of the catalog and the driver."""
        queue = self._scratch / "queue"
        queue.mkdir()
        catalog = {"CATALOG_URL": self._ports.url("catalog")}
        return [
            self._outside(),
            self._app("doc_service"),
            self._app("thinker-api", {"THINKER_URL": self._ports.url("thinker-microservice")}),
            self._app("thinker-microservice"),
            self._app("storefront", catalog | self._cache() | {"ORDERS_URL": self._ports.url("orders")}),
            self._catalog("1.0.0"),
            self._app(
                "orders",
                catalog
                | self._database("orders")
                | {"PAYMENTS_PROXY_URL": self._ports.url("payments"), "QUEUE_DIR": str(queue)},
            ),
            self._app("warehouse", self._cache() | self._database("warehouse") | {"QUEUE_DIR": str(queue)}),
        ]

    def new_catalog(self) -> Program:
        """The deployment: version 1.1.0, beside the first on the same port."""
        return self._catalog("1.1.0")

    def driver(self, seed: int, rate: float) -> Program:
        targets = ("doc_service", "thinker-api", "storefront", "catalog")
        arguments = [f"--target={name}={self._ports.url(name)}" for name in targets]
        command = self._module("demo.driver", f"--seed={seed}", f"--rate={rate}", *arguments)
        return Program("the traffic driver", command, self._base_env)

    def _outside(self) -> Program:
        env = {"CACHE_PORT": str(self._ports.of("cache")), "PAYMENTS_PORT": str(self._ports.of("payments"))}
        return Program("cache and payment provider", self._module("demo.outside"), self._base_env | env)

    def _catalog(self, version: str) -> Program:
        return self._app("catalog", self._cache() | self._database("catalog"), version)

    def _app(self, service: str, settings: Mapping[str, str] | None = None, version: str = "1.0.0") -> Program:
        """An application under its unmodified tracer, set up as a user would: by environment."""
        env = {
            **self._base_env,
            **_TRACER,
            "DD_TRACE_AGENT_URL": self._agent_url,
            "DD_SERVICE": service,
            "DD_VERSION": version,
            "PORT": str(self._ports.of(service)),
            **(settings or {}),
        }
        module = f"demo.apps.{service.replace('-', '_')}"
        ddtrace_run = str(self._python.parent / "ddtrace-run")
        return Program(f"{service} {version}", [ddtrace_run, *self._module(module)], env)

    def _cache(self) -> dict[str, str]:
        return {"CACHE_URL": f"redis://127.0.0.1:{self._ports.of('cache')}/0?protocol=2"}

    def _database(self, service: str) -> dict[str, str]:
        return {"DATABASE": str(self._scratch / f"{service}.db")}

    def _module(self, module: str, *arguments: str) -> Sequence[str]:
        return [str(self._python), "-m", module, *arguments]
