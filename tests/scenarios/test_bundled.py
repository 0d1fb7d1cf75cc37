"""Every scenario that comes with the package can be read and run."""

from __future__ import annotations

import pathlib
import re

import pytest

from cascade_sim.scenario import library, load_scenario
from cascade_sim.simulation import run

NAMES = library.names()
TEXTBOOK = [name for name in NAMES if name.startswith("textbook/")]


def test_march_2020_and_the_textbook_are_there():
    wanted = {
        "march_2020",
        *(f"textbook/{case}" for case in ("uniform", "two_clusters", "fold", "glossary", "short_squeeze", "lending")),
    }
    assert wanted <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_is_valid_from_any_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_scenario(name).description


@pytest.mark.parametrize("name", TEXTBOOK)
def test_every_textbook_case_runs_and_balances(name):
    result = run(load_scenario(name))
    for each in (result, *result.counterfactuals.values()):
        assert each.summary["status"] == "completed"
        assert each.summary["conservation_error"] < 1e-9
        assert each.summary["quantity_error"] < 1e-9


@pytest.mark.parametrize("name", TEXTBOOK)
def test_every_textbook_case_says_at_the_top_what_it_teaches(name):
    lines = pathlib.Path(library.find(name)).read_text(encoding="utf-8").splitlines()
    comments = next(count for count, line in enumerate(lines) if not line.startswith("#"))
    assert 3 <= comments <= 6
    assert re.match(r"# [A-Z]", lines[0])
    assert max(map(len, lines)) <= 130


@pytest.mark.parametrize("name", TEXTBOOK)
def test_textbook_cases_need_no_other_file(name):
    scenario = load_scenario(name)
    assert all(cohort.positions is None for cohort in scenario.crowd.values())
    assert scenario.market.index.path.kind != "csv"
