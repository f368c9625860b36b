"""The UI with ten thousand services and with half a million spans: usable, and no frame that takes for ever.

What was measured is printed (pytest -s); the bounds are loose, because the machine does other things as well.
"""
import subprocess
import types

import pytest

from conftest import ROOT
from test_ui import driver, facts, pytestmark, recorded  # noqa: F401

# Of ui/dev/mock-server.mjs.
LARGEST = "6921a4c700000000000000000000d013"
FRAME_MS = {"big: ten thousand services": 500, "big: half a million spans": 5_000}


@pytest.fixture
def mock():
    """The stand-in for the server that development uses: it makes traces of any size up, and serves ui/dist."""
    if not (ROOT / "ui/dist/index.html").exists():
        pytest.skip("ui/dist isn't built")
    process = subprocess.Popen(["node", str(ROOT / "ui/dev/mock-server.mjs"), "--port", "0"], stdout=subprocess.PIPE, text=True)
    yield types.SimpleNamespace(http=process.stdout.readline().strip().rstrip("/"))
    process.terminate()
    process.wait(10)
    process.stdout.close()


def bounded(journey: str):
    def judge(measured: dict) -> None:
        print(journey, measured)
        slow = {what: ms for what, ms in measured.items() if what.endswith("frame, ms") and ms > FRAME_MS[journey]}
        assert not slow
    return judge


def test_ten_thousand_services(driver, recorded, facts):  # noqa: F811
    driver.go("big: ten thousand services", recorded, facts, measured=bounded("big: ten thousand services"))


def test_half_a_million_spans(driver, mock):  # noqa: F811
    driver.go("big: half a million spans", mock, {"trace": LARGEST, "typed": "carriers"}, measured=bounded("big: half a million spans"))
