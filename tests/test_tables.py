"""What people read on the screen."""

from __future__ import annotations

import pytest
from small_runs import NO_FORCED_SELLING, crash

import cascade_sim as cs
from cascade_sim import tables
from cascade_sim.tables import differences, print_run
from cascade_sim.text_table import lines_of, shown


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (None, "quote", "–"),
        (0, "quote", "0"),
        (0.0, "fraction", "0"),
        (0.494, "fraction", "49.4%"),
        (1.0, "fraction", "100.0%"),
        (0.0198, "fraction", "1.98%"),
        (0.00042, "fraction", "0.042%"),
        (2.2e-14, "fraction", "2.2e-14"),
        (531_912_345.6, "quote", "531.9M"),
        (36_493, "base", "36.49k"),
        (150_810, "count", "150,810"),
        (3_866.07, "quote per base", "3,866"),
        (57.32, "quote per base", "57.32"),
        (99.0, "quote per base", "99.00"),
        (1.0984, "ratio", "1.098"),
        (2.0, "ratio", "2.000"),
        (5_400.0, "s", "1.5h"),
        ("2020-03-13T02:00:00+00:00", "UTC", "13 Mar 02:00:00"),
        ("about two in the morning", "UTC", "about two in the morning"),
        ("completed", "", "completed"),
        ([863e6, 1.4e9], "quote", "863M to 1.4B"),
    ],
)
def test_a_figure_is_written_for_people(value, unit, written):
    assert shown(value, unit) == written


def test_a_reported_percentage_keeps_the_digits_it_was_given():
    assert shown(0.45, "fraction", as_written=True) == "45%"
    assert shown(57.3, "quote per base", as_written=True) == "57.3"


COLUMNS = [
    ["figure", "low", "high"],
    ["unit", "", "USD"],
    ["simulated", "1", "22"],
    ["reported", "x", ""],
    ["another one", "3", "4"],
]


def test_columns_stand_side_by_side_where_there_is_room():
    assert list(lines_of(COLUMNS, 2, 80)) == [
        "figure  unit  simulated  reported  another one",
        "──────  ────  ─────────  ────────  ───────────",
        "low                   1         x            3",
        "high    USD          22                      4",
    ]


def test_columns_go_below_each_other_where_there_is_not():
    lines = list(lines_of(COLUMNS, 2, 40))
    assert max(map(len, lines)) <= 40
    assert lines[0] == "figure  unit  simulated  reported"
    assert lines[4:6] == ["", "figure  unit  another one"]


def test_a_column_wider_than_the_line_still_is_printed():
    assert len(list(lines_of(COLUMNS, 2, 10))) == 3 * 4 + 2


@pytest.mark.parametrize("width", [80, 120, 160])
def test_no_line_of_a_run_is_wider_than_the_terminal(width, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    source = "a source that goes on and on, as sources do when several pages had to be put together " * 3
    changes = NO_FORCED_SELLING | {"reported": {"max_drawdown": {"value": "50%", "source": source}}}
    changes |= {f"compare.counterfactual_{n}": {"exchange.insurance_fund": n} for n in range(4)}
    print_run(cs.run(crash(changes)))
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines[1:]) <= width
    assert sum("counterfactual_3" in line for line in lines) == 1


def test_figures_that_no_run_has_are_left_out():
    run = cs.run(crash({"crowd.longs": None, "crowd.shorts": None}))
    names = tables.figure_columns([("simulated", run.summary)], {})[0]
    assert "liquidated_share_long" not in names
    assert "status" in names


def test_a_terminal_without_the_letters_gets_a_question_mark(monkeypatch):
    import io
    import sys

    screen = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", screen)
    print_run(cs.run(crash()))
    screen.flush()
    assert b"simulated" in screen.buffer.getvalue()


def test_differences_are_the_keys_that_say_other_things():
    first = crash()
    second = crash({"exchange.insurance_fund": 1, "crowd.shorts": None, "name": "Another name"})
    found = differences(first, second)
    assert ("exchange.insurance_fund", "20000", "1") in found
    assert ("crowd.shorts.side", "short", "–") in found
    assert not [row for row in found if row[0] == "name"]
    assert differences(first, first) == []


def test_many_differences_are_cut_short():
    first = crash()
    second = crash({f"crowd.more_{n}": {"side": "long", "traders": 1, "open_interest": 1,
        "leverage": {"kind": "fixed", "value": 2}} for n in range(9)})  # fmt: skip
    found = differences(first, second)
    assert len(found) == 13
    assert found[-1][0].startswith("and ")
