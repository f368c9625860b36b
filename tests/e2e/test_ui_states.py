"""Every screen of the UI in every state: late, empty, partial, failed, refused. What is looked at is the table in ui/states.mjs."""
import pathlib
import subprocess

import pytest

from conftest import ROOT
from test_ui import driver, facts, pytestmark, recorded  # noqa: F401

TABLE = pathlib.Path(__file__).parent / "ui/states.mjs"
SCREENS = ["home", "services", "service", "resource", "resources", "exemplars", "traces", "spans", "waterfall", "flame", "list", "statistics", "detail", "glossary", "palette"]


@pytest.fixture(scope="module")
def state_facts(recorded, facts):  # noqa: F811
    service = facts["services"]["failing"]["name"]
    rows = recorded.get(f"/api/ui/services/{service}/resources").json()["resources"]
    return {**facts, "states": {"resource": rows[0]["hash"]}}


@pytest.mark.parametrize("screen", SCREENS)
def test_every_state(driver, recorded, state_facts, screen):  # noqa: F811
    driver.go(f"states: {screen}", recorded, state_facts)


def test_every_screen_is_looked_at(driver):  # noqa: F811
    assert [journey for journey in driver.journeys if journey.startswith("states: ")] == [f"states: {screen}" for screen in SCREENS]


def test_the_documented_table_is_the_one_that_is_checked():
    printed = subprocess.run(["node", str(TABLE)], capture_output=True, text=True, check=True, timeout=20).stdout
    assert (ROOT / "docs/ui-states.md").read_text() == printed
