from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cascade_sim.crowd import build_crowd
from cascade_sim.errors import DataError, ScenarioError

HEADER = "side,quantity,entry_price,collateral"
GOOD = ["long,2,8100,4000", "short,0.5,7900,900.5", "1,1,8000,8000", "-1,3,8000,2400", "LONG, 1 ,7000,500"]


@pytest.fixture
def read(venue, tmp_path):
    """Write the lines of a positions file and build the crowd from it."""

    def build(*lines, name="p.csv", text=None, **exchange):
        file = tmp_path / name
        file.write_text("\n".join(lines) + "\n" if text is None else text)
        return build_crowd(venue({"whales": {"positions": str(file)}}, **exchange), 1)

    return build


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "side": ["long", "short", 1, -1, "long"],
            "quantity": [2, 0.5, 1, 3, 1],
            "entry_price": [8100.0, 7900, 8000, 8000, 7000],
            "collateral": [4000, 900.5, 8000, 2400, 500],
        }
    )


def same(one, other) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one.columns(), other.columns(), strict=True))


def test_positions_are_taken_as_they_are(read):
    crowd = read("# a snapshot, 2020-03-12", HEADER, *GOOD, maintenance={"rate": "1%"})
    assert crowd.side.tolist() == [1, -1, 1, -1, 1]
    assert crowd.quantity.tolist() == [2, 0.5, 1, 3, 1]
    assert crowd.entry_price.tolist() == [8100, 7900, 8000, 8000, 7000]
    assert crowd.collateral.tolist() == [4000, 900.5, 8000, 2400, 500]
    assert crowd.trigger[0] == pytest.approx((2 * 8100 - 4000) / (2 * 0.99), rel=1e-14)
    assert crowd.trigger[2] == 0.0
    assert crowd.bankruptcy[0] == pytest.approx(8100 - 2000)


def test_columns_may_stand_in_any_order_among_others(read):
    lines = [
        "trader,collateral,entry_price,quantity,side",
        '"0xabc, the whale",4000,8100,2,long',
        "b,900.5,7900,0.5,short",
    ]
    assert same(read(*lines), read(HEADER, *GOOD[:2]))


def test_parquet_and_frames_give_the_same_as_csv(read, frame, venue, tmp_path):
    crowd = read(HEADER, *GOOD)
    frame.assign(side=frame["side"].map({"long": "long", "short": "short", 1: "long", -1: "short"})).to_parquet(
        tmp_path / "p.parquet"
    )
    stored = build_crowd(venue({"whales": {"positions": str(tmp_path / "p.parquet")}}), 1)
    frame.assign(side=[1, -1, 1, -1, 1]).to_parquet(tmp_path / "q.parquet")
    signed = build_crowd(venue({"whales": {"positions": str(tmp_path / "q.parquet")}}), 1)
    given = build_crowd(venue({}), 1, positions=frame)
    assert same(crowd, stored)
    assert same(crowd, signed)
    assert same(crowd, given)
    assert given.cohort_names == ["positions"]


def test_frame_is_added_after_the_cohorts_of_the_scenario(venue, longs, frame):
    crowd = build_crowd(venue({"c": longs(traders=10)}), 1, positions=frame)
    assert crowd.cohort_names == ["c", "positions"]
    assert crowd.cohort_start.tolist() == [0, 10, 15]
    with pytest.raises(ScenarioError, match=r"crowd\.positions: the cohort has the name"):
        build_crowd(venue({"positions": longs(traders=10)}), 1, positions=frame)


def test_path_is_relative_to_the_scenario_file(tmp_path):
    from cascade_sim.scenario import load_scenario

    (tmp_path / "p.csv").write_text("\n".join([HEADER, *GOOD]))
    (tmp_path / "s.yaml").write_text(
        "name: s\nclock: {duration: 1h}\nmarket: {price: 8000, book: {shape: infinite}}\n"
        "crowd: {whales: {positions: p.csv}}\n"
    )
    assert len(build_crowd(load_scenario(tmp_path / "s.yaml"), 1)) == 5


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("up,1,8000,4000", r"side 'up' is neither long nor short"),
        ("2,1,8000,4000", r"side '2' is neither"),
        (",1,8000,4000", r"side '' is neither"),
        ("long,0,8000,4000", r"quantity 0 is not positive"),
        ("long,-1,8000,4000", r"quantity -1 is not positive"),
        ("long,x,8000,4000", r"quantity 'x' is not a number"),
        ("long,,8000,4000", r"quantity '' is empty"),
        ("long,1,nan,4000", r"entry_price 'nan' is not a finite number"),
        ("long,1,inf,4000", r"entry_price 'inf' is not a finite number"),
        ("long,1,-8000,4000", r"entry_price -8000 is not positive"),
        ("long,1,8000,0", r"collateral 0 is not positive"),
        ("long,1,8000,40", r"leverage 200 is above exchange\.max_leverage of 100"),
        ("long,1,9000,500", r"is liquidated at 8585\.8\d*, so already at the start price of 8000"),
        ("short,1,7000,500", r"is liquidated at 7425\.7\d*, so already at the start price of 8000"),
        ("short,1e300,1e300,1", r"numbers are too large to compute with"),
        ("long,1,8000", r"3 cells where the header has 4"),
    ],
)
def test_wrong_rows_are_refused_with_their_line(read, row, message):
    with pytest.raises(DataError, match=r"p\.csv:8: " + message):
        read("# comment", HEADER, *GOOD, row, max_leverage=100, maintenance={"rate": "1%"})


def test_first_ten_wrong_rows_are_listed_and_the_others_counted(read):
    rows = [f"long,{-row if row % 2 else row},8000,4000" for row in range(1, 51)]
    with pytest.raises(DataError) as refused:
        read(HEADER, *rows)
    lines = str(refused.value).splitlines()
    assert len(lines) == 11
    assert [int(line.split(":")[1]) for line in lines[:10]] == list(range(2, 21, 2))
    assert lines[-1].endswith("p.csv: and 15 more rows")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"is empty"),
        ("# nothing\n\n", r"is empty"),
        (HEADER + "\n", r"holds no rows"),
        (
            "side,quantity\nlong,1\n",
            r"p\.csv:1: has no columns entry_price, collateral; its columns are side, q",
        ),
        ("side,side,quantity,entry_price,collateral\n", r"column side appears twice"),
        (HEADER + '\nlong,"1,8000,400\n', r"cannot be read: unexpected end of data"),
    ],
)
def test_files_without_usable_rows_are_refused(read, text, message):
    with pytest.raises(DataError, match=message):
        read(text=text)


def test_missing_and_malformed_files_are_named(venue, tmp_path):
    for name in ("nowhere.csv", "nowhere.parquet"):
        with pytest.raises(DataError, match=rf"{name}: there is no such file"):
            build_crowd(venue({"w": {"positions": str(tmp_path / name)}}), 1)
    for name in ("bytes.csv", "bytes.parquet"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00\x01" * 100)
        with pytest.raises(DataError, match=rf"{name}: (is not a text file|cannot be read)"):
            build_crowd(venue({"w": {"positions": str(tmp_path / name)}}), 1)


def test_wrong_parquet_rows_are_counted_from_zero(venue, frame, tmp_path):
    frame.assign(side="long", quantity=[1, -1, None, 1, 1]).to_parquet(tmp_path / "p.parquet")
    with pytest.raises(DataError, match=r"p\.parquet: row 1: quantity -1 is not.*\n.*row 2: quantity nan is not"):
        build_crowd(venue({"w": {"positions": str(tmp_path / "p.parquet")}}), 1)
    frame.drop(columns="side").to_parquet(tmp_path / "q.parquet")
    with pytest.raises(DataError, match=r"q\.parquet: has no column side; its columns are quantity"):
        build_crowd(venue({"w": {"positions": str(tmp_path / "q.parquet")}}), 1)
    with pytest.raises(DataError, match=r"positions: row 4: side 'flat' is neither"):
        build_crowd(venue({}), 1, positions=frame.assign(side=["long", "short", "long", "short", "flat"]))
    with pytest.raises(DataError, match=r"positions: holds no rows"):
        build_crowd(venue({}), 1, positions=frame.iloc[:0])


def test_overcollateralised_positions_are_legal(read):
    crowd = read(HEADER, "long,1,8000,20000", "short,1,8000,20000")
    assert crowd.trigger.tolist() == [0.0, 28_000.0]


STATED = f"{HEADER},liquidation_price"


def test_a_stated_liquidation_price_on_its_side_or_none_changes_nothing(read):
    stated = [f"{row},{price}" for row, price in zip(GOOD, (6100, 9600, "", 8700.5, 0), strict=True)]
    assert same(read(STATED, *stated), read(HEADER, *GOOD))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("long,2,8100,4000,9600", r"p\.csv:2: liquidation_price 9600 of a long is not below the start price of 8000"),
        ("long,2,8100,4000,8000", r"p\.csv:2: liquidation_price 8000 of a long is not below"),
        ("-1,3,8000,2400,7000", r"p\.csv:2: liquidation_price 7000 of a short is not above the start price of 8000"),
        ("long,2,8100,4000,x", r"p\.csv:2: liquidation_price 'x' is not a number"),
    ],
)
def test_a_liquidation_price_on_the_wrong_side_is_refused(row, said, read):
    with pytest.raises(DataError, match=said):
        read(STATED, row)


def test_a_parquet_file_s_liquidation_price_is_looked_at_too(venue, frame, tmp_path):
    frame["side"] = [1, -1, 1, -1, 1]
    frame["liquidation_price"] = [6100.0, 7000.0, np.nan, 8700.0, 0.0]
    frame.to_parquet(tmp_path / "p.parquet")
    with pytest.raises(DataError, match=r"row 1: liquidation_price 7000 of a short is not above"):
        build_crowd(venue({"whales": {"positions": str(tmp_path / "p.parquet")}}), 1)
