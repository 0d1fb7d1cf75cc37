"""The tables of the page hold what the printed tables hold."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from small_runs import crash, inverse

import cascade_sim as cs
from cascade_sim.plots.reading import Names
from cascade_sim.report.rows import (
    Piece,
    counterfactual_rows,
    event_rows,
    figure_rows,
    linked,
    named_unit,
    reported_rows,
)
from cascade_sim.scenario.clock import Clock
from cascade_sim.tables import figure_columns

COINS = Names("USD", "BTC", True)


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("a newspaper", []),
        ("https://a.org/x", ["https://a.org/x"]),
        ("see (http://a.org/x), or https://b.org/y?z=1.", ["http://a.org/x", "https://b.org/y?z=1"]),
        ("javascript:alert(1) file:///etc/passwd example.org", []),
        ('https://a.org/"onclick="x', ["https://a.org/"]),
        ("", []),
    ],
)
def test_web_addresses_in_a_source_are_links_and_nothing_else_is(text, addresses):
    pieces = linked(text)
    assert "".join(piece.text for piece in pieces) == text
    assert [piece.address for piece in pieces if piece.address] == addresses
    assert all(isinstance(piece, Piece) for piece in pieces)


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        ("quote", "USD"),
        ("base", "BTC"),
        ("contracts", "USD contracts"),
        ("quote per base", "USD per BTC"),
        ("fraction", ""),
        ("count", ""),
        ("UTC", "UTC"),
    ],
)
def test_units_are_called_what_the_market_calls_them(unit, written):
    assert named_unit(unit, COINS) == written


def test_reported_rows_hold_what_the_printed_table_holds(run):
    keys, _, simulated, reported = figure_columns([("simulated", run.summary)], run.scenario.reported)
    printed = {key: cells for key, *cells in zip(keys, simulated, reported, strict=True)}
    rows = reported_rows(run)
    assert [row.figure for row in rows] == list(run.scenario.reported)
    for number, row in enumerate(rows, start=1):
        assert printed[row.figure] == [row.simulated, f"{row.reported} [{number}]"]
    assert [row.defined for row in rows] == [True, True, False]
    assert rows[1].unit == rows[1].reported_unit == "USD"


def test_counterfactuals_stand_beside_the_run_and_say_what_they_change(run):
    found = counterfactual_rows(run)
    assert found is not None
    assert found.changes == [("no_forced_selling", ["exchange.liquidation.policy: none"])]
    assert found.heads == ["this run", "no_forced_selling"]
    drawdown = next(row for row in found.rows if row.figure == "max_drawdown")
    assert (drawdown.unit, drawdown.cells) == ("", ["6.31%", "5.44%"])
    assert next(row.unit for row in found.rows if row.figure == "low_mark") == "USD per coin"


def test_what_is_changed_to_nothing_reads_as_in_the_file():
    changes = {"compare.bare": {"crowd.shorts": None, "exchange.adl": False, "exchange.outages": []}}
    found = counterfactual_rows(cs.run(crash(changes)))
    assert found is not None
    assert found.changes == [("bare", ["crowd.shorts: null", "exchange.adl: false", "exchange.outages: []"])]


def test_another_venue_s_rules_are_named_one_by_one_whether_the_run_was_saved_or_not(tmp_path):
    scenario = crash({"compare.elsewhere": {"exchange.extends": "venues/okx"}})
    run = cs.run(scenario)
    found = counterfactual_rows(run)
    assert found == counterfactual_rows(cs.Run.load(run.save(tmp_path / "run")))
    (_, lines), *_ = found.changes
    assert "exchange.max_leverage: 100" in lines
    assert max(map(len, lines)) < 100
    assert lines[-1].startswith("and ")


def test_every_figure_of_the_summary_has_its_definition(run):
    rows = figure_rows(run)
    assert [row.key for row in rows] == [key for key in run.summary if key not in ("units", "definitions")]
    assert {row.key: row.definition for row in rows} == run.summary["definitions"]


def test_money_of_an_inverse_contract_is_in_coins():
    rows = {row.key: row for row in figure_rows(cs.run(crash(inverse())))}
    assert rows["collateral_lost"].unit == "coin"
    assert rows["max_engine_inventory"].unit == "USD contracts"


def test_events_come_in_the_order_of_time_with_their_sources():
    clock = Clock(start=datetime(2020, 3, 12, 10, tzinfo=UTC), duration=7200)
    events = [
        SimpleNamespace(at=3600.0, what="the venue goes down", source="https://a.org/status"),
        SimpleNamespace(at=datetime(2020, 3, 12, 9, 30, tzinfo=UTC), what="<b>news</b>", source=""),
    ]
    rows = event_rows(SimpleNamespace(scenario=SimpleNamespace(clock=clock, events=events)))
    assert [row[:2] for row in rows] == [
        ("12 Mar 2020, 09:30:00", "<b>news</b>"),
        ("12 Mar 2020, 11:00:00", "the venue goes down"),
    ]
    assert rows[1].source == [Piece("https://a.org/status", "https://a.org/status")]


def test_a_scenario_without_events_has_no_rows_of_them(run):
    assert event_rows(run) == []
