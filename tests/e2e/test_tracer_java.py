"""dd-java-agent, unmodified: what it sends comes out again, and it has nothing to complain about."""
import pathlib
import subprocess

import pytest

from conftest import ROOT
from traced_shop import check_content, check_requests, details, routes, run_shop

JARS = ROOT / ".cache/tracers/java"  # tools/setup brings them
REQUEST = {
    ("shop", "web.request", "GET /users/<id>", "web"): "",
    ("shop", "http.request", "GET /stock/?", "http"): "web.request",
    ("shop", "load", "load", ""): "web.request",
    ("h2", "h2.query", "SELECT name FROM users WHERE id = ?", "sql"): "load",
}


@pytest.fixture(scope="module")
def command(tmp_path_factory) -> list[str]:
    return compiled_java(tmp_path_factory.mktemp("classes"), "Shop")


def compiled_java(classes: pathlib.Path, program: str) -> list[str]:
    """Runs one of tests/e2e/java with the agent attached."""
    [agent] = JARS.glob("dd-java-agent-*.jar")
    libraries = [str(jar) for jar in sorted(JARS.glob("*.jar")) if jar != agent]
    # javac, but for its launcher: that comes with the whole JDK only.
    subprocess.run(["java", "-m", "jdk.compiler/com.sun.tools.javac.Main", "-encoding", "UTF-8", "-d", str(classes),
                    "-cp", ":".join([str(agent), *libraries]), str(ROOT / f"tests/e2e/java/{program}.java")], check=True, timeout=120)
    # A short life: the second compiler and a large heap would cost more than they save.
    return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", f"-javaagent:{agent}", "-cp", ":".join([str(classes), *libraries]), program]


@pytest.mark.parametrize("setting, version, over", [
    ("", "v0.4", "tcp"),
    ("", "v0.4", "unix"),
    ("DD_TRACE_AGENT_V0_5_ENABLED=true", "v0.5", "tcp"),
    ("DD_TRACE_AGENT_PROTOCOL_VERSION=0.5", "v0.5", "unix"),
    ("DD_TRACE_AGENT_PROTOCOL_VERSION=1.0", "v1.0", "tcp"),
])
def test_dd_java_agent(vizsla, command, setting, version, over):
    printed, log = run_shop(command, vizsla, over, setting)
    check_requests(vizsla, "java", "java.lang.IllegalStateException", printed, REQUEST)
    check_content(log)
    # Its telemetry is taken and not kept.
    assert routes(vizsla) == {f"/{version}/traces": "accepted", "/telemetry/proxy/*": "not_kept"}

    load = details(vizsla, printed["user-7"][0], "load")
    assert load["status"] == "error"
    assert load["error"]["type"] == "java.lang.IllegalStateException" and load["error"]["message"] == "no seventh user"
    assert load["error"]["stack"].startswith("java.lang.IllegalStateException: no seventh user\n\tat Shop.load(Shop.java:")

    for user, http_status, status in [("user-2", 204, "ok"), ("user-3", 404, "error")]:
        stock = details(vizsla, printed[user][0], "http.request")
        assert (stock["http_status"], stock["status"], stock["kind"]) == (http_status, status, "client")
        assert stock["meta"]["http.url"].endswith(f"/stock/{user.removeprefix('user-')}") and stock["meta"]["http.method"] == "GET"

    query = details(vizsla, printed["user-7"][0], "h2.query")
    assert (query["kind"], query["base_service"], query["env"]) == ("client", "shop", "e2e")
    assert query["meta"]["db.type"] == "h2" and query["meta"]["component"] == "java-jdbc-statement"
