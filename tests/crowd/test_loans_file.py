"""A pool's loans from a file: taken as they are, or refused with their lines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_lending import lent

import cascade_sim as cs
from cascade_sim.crowd.loans_file import read_loans

LOANS = """# wallet holdings, assumed
wallet,collateral,debt,threshold
a,2.5,9000,0.8
b,1.25,5000,
c,0.5,2000,0.75
"""


def read(tmp_path, text=LOANS, price=8000.0, threshold=0.7):
    path = tmp_path / "loans.csv"
    path.write_text(text)
    return read_loans(path, "loans.csv", price, threshold)


def test_loans_come_in_the_order_of_the_file_with_the_pool_s_threshold_where_they_bring_none(tmp_path):
    loans = read(tmp_path)
    assert loans.collateral.tolist() == [2.5, 1.25, 0.5]
    assert loans.debt.tolist() == [9000.0, 5000.0, 2000.0]
    assert loans.threshold.tolist() == [0.8, 0.7, 0.75]


def test_a_parquet_file_is_read_like_the_csv(tmp_path):
    frame = pd.DataFrame({"debt": [9000, 5000], "collateral": [2.5, 1.25], "threshold": [0.8, np.nan]})
    frame.to_parquet(tmp_path / "loans.parquet")
    found = read_loans(tmp_path / "loans.parquet", "loans.parquet", 8000.0, 0.7)
    for mine, theirs in zip(found, read(tmp_path), strict=True):
        np.testing.assert_array_equal(mine, theirs[:2])


def test_a_file_without_thresholds_takes_the_pool_s(tmp_path):
    assert read(tmp_path, "collateral,debt\n1,4000\n2,8000\n").threshold.tolist() == [0.7, 0.7]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1,-5,", r"loans\.csv:3: debt -5 is not positive and finite"),
        ("0,5,", r"loans\.csv:3: collateral 0 is not positive and finite"),
        ("x,5,", r"loans\.csv:3: collateral 'x' is not a number"),
        ("1,5,1.2", r"loans\.csv:3: threshold 1\.2 is not between 0 and 1"),
        ("1,5600,", r"loans\.csv:3: health factor 1 at the start price of 8000: the loan may be liquidated already"),
        ("1,7000,", r"loans\.csv:3: health factor 0\.8 at the start price"),
        ("1e300,1e-300,", r"loans\.csv:3: numbers are too large"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line(row, says, tmp_path):
    with pytest.raises(cs.DataError, match=says):
        read(tmp_path, f"collateral,debt,threshold\n1,4000,0.6\n{row}\n")


def test_every_wrong_row_is_counted(tmp_path):
    rows = "".join(f"1,{6000 + k}\n" for k in range(14))
    with pytest.raises(cs.DataError) as caught:
        read(tmp_path, f"collateral,debt\n1,4000\n{rows}")
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("loans.csv:3: health factor")
    assert lines[-1] == "loans.csv: and 4 more rows"


@pytest.mark.parametrize(
    ("text", "says"),
    [("debt\n5\n", "no column collateral"), ("collateral,debt\n", "holds no rows"), ("", "is empty")],
)
def test_a_file_that_holds_no_loans_says_so(text, says, tmp_path):
    with pytest.raises(cs.DataError, match=says):
        read(tmp_path, text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(cs.DataError, match=r"gone\.csv: there is no such file"):
        read_loans(tmp_path / "gone.csv", "gone.csv", 8000.0, 0.7)


def test_a_scenario_finds_the_file_beside_it_and_remembers_its_contents(tmp_path):
    (tmp_path / "loans.csv").write_text(LOANS)
    (tmp_path / "lent.yaml").write_text(lent({"lending.0.loans": {"file": "loans.csv"}}).to_yaml())
    scenario = cs.load_scenario(tmp_path / "lent.yaml")
    run = cs.run(scenario)
    assert run.loans[run.loans["pool"] == "spread"]["debt"].tolist() == [9000.0, 5000.0, 2000.0]
    loaded = cs.Run.load(run.save(tmp_path / "run"))
    assert len(loaded.made_with["data"]["loans.csv"]) == 64


def test_a_file_that_only_a_comparison_names_is_refused_before_the_run(tmp_path):
    (tmp_path / "loans.csv").write_text("collateral,debt\n1,7900\n")
    changes = {"compare.other": {"lending.0.loans": {"file": "loans.csv"}}}
    (tmp_path / "lent.yaml").write_text(lent(changes).to_yaml())
    with pytest.raises(cs.DataError, match=r"loans\.csv:2: health factor"):
        cs.run(cs.load_scenario(tmp_path / "lent.yaml"))
