"""Bad input through the command line: one clear line, exit code 2, nothing written, no traceback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cascade_sim.cli import main

GOOD = """\
name: Good
clock: {start: 2020-03-12T10:00:00Z, duration: 10min, tick: 1s}
market:
  price: 8000
  book: {shape: linear, depth: {within: 1%, notional: 2M}}
  index: {path: {kind: constant}}
exchange:
  max_leverage: 100
  maintenance: {rate: 0.5%}
  insurance_fund: 20k
crowd:
  longs:
    side: long
    traders: 400
    open_interest: 8M
    leverage: {kind: fixed, value: 20}
"""
# What is changed in the good file, and what is said about it.
WRONG = {
    "a misspelt key": ("open_interest", "open_intrest", "15:5 crowd.longs.open_intrest: .* did you mean open_inter"),
    "a misspelt section": ("crowd:", "crowds:", "11:1 crowds: there is no such key; did you mean crowd"),
    "a misspelt kind": ("kind: fixed", "kind: fixd", "16:5 crowd.longs.leverage: there is no kind 'fixd'"),
    "a duration as an amount": ("8M", "8h", "15:5 crowd.longs.open_interest: '8h' is a duration where an amount"),
    "a percentage as an amount": ("20k", "20%", "10:3 exchange.insurance_fund: '20%' is a percentage"),
    "a suffix in the wrong case": ("8M", "8m", "15:5 .* did you mean 8M"),
    "a currency": ("8M", "8M USD", "15:5 crowd.longs.open_interest: .* is not a"),
    "NaN as a price": ("8000", ".nan", "4:3 market.price: .* is not a finite number"),
    "an endless price": ("8000", ".inf", "4:3 market.price: .* is not a finite number"),
    "a price beyond doubles": ("8000", "1e400", "4:3 market.price: .* is not a finite number"),
    "a negative price": ("8000", "-8000", "4:3 market.price: -8000 is not above 0"),
    "a price of nothing": ("8000", "0", "4:3 market.price: 0 is not above 0"),
    "NaN as leverage": ("value: 20", "value: nan", "16:29 .* is not a finite number"),
    "leverage below one": ("value: 20", "value: 0.5", "16:29 crowd.longs.leverage.value: 0.5 is below 1"),
    "leverage above the venue's": ("value: 20", "value: 250", "16:29 .* above the exchange's maximum of 100"),
    "a crowd under water": (
        "max_leverage: 100\n  maintenance: {rate: 0.5%}",
        "adl: true\n  maintenance: {rate: 6%}",
        "16:29 .* would be liquidated at once; lower the leverage",
    ),
    "maintenance above initial margin": (
        "rate: 0.5%",
        "rate: 1.5%",
        "9:17 exchange.maintenance.rate: .* 1.5% exceeds the initial margin of 1% at 100x; lower .* 66.6667",
    ),
    "tiers that overlap": (
        "rate: 0.5%",
        "tiers: [[0, 0.4%], [50k, 0.5%], [40k, 0.6%]]",
        "9:49 exchange.maintenance.tiers.2: 40k does not lie above 50k; sort the brackets by notional",
    ),
    "tiers whose rates do not rise": (
        "rate: 0.5%",
        "tiers: [[0, 0.5%], [50k, 0.5%]]",
        "9:36 exchange.maintenance.tiers.1: the rate 0.5% is not above 0.5%; let the rate rise",
    ),
    "a tier above its own initial margin": (
        "rate: 0.5%",
        "tiers: [[0, 0.4%, 125], [50k, 2%, 60]]",
        "9:41 exchange.maintenance.tiers.1: .* 2% exceeds the initial margin of 1.67% at 60x; lower .* to 50 at most",
    ),
    "a halt shorter than a tick": (
        "insurance_fund: 20k",
        "halt: {move: 10%, over: 5min, for: 500ms}",
        "10:33 exchange.halt.for: 500ms is shorter than a tick of 1s; lengthen it",
    ),
    "a throttle of nothing": (
        "insurance_fund: 20k",
        "throttle: {notional: 0, over: 1min}",
        "10:14 exchange.throttle.notional: 0 is not above 0; give a value above 0",
    ),
    "funding without a mark": (
        "insurance_fund: 20k",
        "funding: {kind: clamp}",
        "10:3 exchange.funding: is paid on the mark, .*; add market.mark, such as",
    ),
    "a preset that is not there": (
        "insurance_fund: 20k",
        "extends: venues/binanc_usdm",
        "10:3 exchange.extends: there is no preset venues/binanc_usdm; did you mean venues/binance_usdm.*venues/okx",
    ),
    "steps down tiers that are not there": (
        "insurance_fund: 20k",
        "liquidation: {policy: partial, partial: {by: tiers}}",
        "10:44 exchange.liquidation.partial.by: tiers needs brackets",
    ),
    "a fee beyond reason": ("insurance_fund: 20k", "fees: {taker: 10%}", "10:10 exchange.fees.taker: .* not below 0.1"),
    "a call without a wallet": (
        "    traders: 400",
        "    top_up: {}\n    traders: 400",
        "14:5 crowd.longs.top_up: has nothing to pay from; add a wallet",
    ),
    "a stop nowhere": (
        "    traders: 400",
        "    stop_loss: {from: 5%, to: 2%}\n    traders: 400",
        "14:27 crowd.longs.stop_loss.to: 2% lies below from",
    ),
    "no depth": ("notional: 2M", "notional: 0", "5:45 market.book.depth.notional: 0 is not above 0"),
    "no distance": ("within: 1%", "within: 0%", "5:33 market.book.depth.within: '0%' is not above 0"),
    "a tick longer than the run": ("tick: 1s", "tick: 1h", "2:55 clock.tick: a tick of 1h is longer than the run"),
    "a tick of nothing": ("tick: 1s", "tick: 0s", "2:55 clock.tick: '0s' is not above 0"),
    "a run backwards": ("10min", "-10min", "2:38 clock.duration: '-10min' is not above 0"),
    "a run without an end": ("10min", "never", "2:38 clock.duration: 'never' does not end"),
    "waypoints out of order": (
        "kind: constant",
        "kind: waypoints, points: [[5min, 8000], [1min, 7000]]",
        "6:58 market.index.path.points.1: is earlier than the point before it; sort the points by time",
    ),
    "a negative waypoint": (
        "kind: constant",
        "kind: waypoints, points: [[5min, 8000], [6min, -7000]]",
        "6:65 market.index.path.points.1.1: -7000 is not above 0",
    ),
    "a key twice": ("    traders: 400", "    traders: 400\n    traders: 500", "15:5 .*traders: is written twice"),
    "a tabulator": ("  price: 8000", "\tprice: 8000", "4:1: a tab stands where spaces are wanted"),
    "an open bracket": ("tick: 1s}", "tick: 1s", "3:7: a bracket is not closed"),
    "no traders": ("traders: 400", "traders: 0", "14:5 crowd.longs.traders: 0 is not above 0"),
    "half a trader": ("traders: 400", "traders: 400.5", "14:5 crowd.longs.traders: 400.5 is not a whole number"),
    "a negative fund": ("20k", "-20k", "10:3 exchange.insurance_fund: '-20k' is below 0"),
    "neither side": ("side: long", "side: up", "13:5 crowd.longs.side: cannot be 'up'; choose long or short"),
    "a code tag": ("Good", '!!python/object/apply:os.system ["touch evil"]', "1:7: tags such as .* are not read"),
    "a path as a name": ("  longs:", "  ../longs:", "12:3 crowd.../longs: .* cannot be a name"),
}
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
)
WHOLE_FILES = {
    "an empty file": (b"", "scenario.yaml: is empty"),
    "a list": (b"- a\n- b\n", "scenario.yaml:1:1: holds a list where a mapping is wanted"),
    "bytes that are no text": (b"name: \xff\xfe\n", "scenario.yaml:1:7: is not UTF-8 text"),
    "a bomb of aliases": (BOMB.encode(), "scenario.yaml:1:4: anchors and aliases .* are not read"),
    "a file that contains itself": (b"name: &a [*a]\n", "scenario.yaml:1:7: anchors and aliases"),
    "ten thousand brackets": (b"name: " + b"[" * 10_000, "scenario.yaml:1:.* nested deeper than"),
    "a megabyte and more": (b"# padding\n" * 110_000, "scenario.yaml: is larger than the 1 MB"),
    "a file that extends nothing": (b"extends: nowhere.yaml\n", "scenario.yaml:1:1 extends: there is no file"),
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capsys, *arguments: str, code: int = 2) -> str:
    """Run the command line, which has to refuse; returns the one line that it says."""
    before = sorted(Path().iterdir())
    assert main(["run", *arguments, "--out", "out"]) == code
    screen = capsys.readouterr()
    assert screen.out == ""
    assert screen.err.count("\n") == 1, screen.err
    assert "Traceback" not in screen.err
    assert sorted(Path().iterdir()) == before
    return screen.err


def positions(*rows: str) -> None:
    Path("book.csv").write_text("\n".join(["side,quantity,entry_price,collateral", *rows]) + "\n")
    head = GOOD[: GOOD.index("crowd:")]
    Path("scenario.yaml").write_text(f"{head}crowd: {{book: {{positions: book.csv}}}}\n")


def spot(*rows: str, column: str = "close") -> None:
    Path("spot.csv").write_text("\n".join(["time_utc,close", *rows]) + "\n")
    path = f"kind: csv, file: spot.csv, column: {column}"
    Path("scenario.yaml").write_text(GOOD.replace("kind: constant", path))


def test_the_good_file_is_good(capsys):
    Path("scenario.yaml").write_text(GOOD)
    assert main(["run", "scenario.yaml", "--no-plots"]) == 0


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_one_line_with_its_place(case, capsys):
    old, new, said = WRONG[case]
    assert old in GOOD
    Path("scenario.yaml").write_text(GOOD.replace(old, new, 1))
    assert re.match(f"scenario.yaml:{said}", refused(capsys, "scenario.yaml"))
    assert not Path("evil").exists()


@pytest.mark.parametrize("case", WHOLE_FILES)
def test_a_file_that_is_no_scenario_is_one_line(case, capsys):
    content, said = WHOLE_FILES[case]
    Path("scenario.yaml").write_bytes(content)
    begin = time.perf_counter()
    assert re.match(said, refused(capsys, "scenario.yaml"))
    assert time.perf_counter() - begin < 2.0


def test_a_hundred_megabytes_are_refused_at_once(capsys):
    with open("scenario.yaml", "wb") as file:
        file.truncate(100_000_000)
    begin = time.perf_counter()
    assert "is larger than the 1 MB that a scenario may have (100.0 MB)" in refused(capsys, "scenario.yaml")
    assert time.perf_counter() - begin < 0.5


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere.yaml", "nowhere.yaml: there is no such file"),
        ("march_2021", "march_2021: there is no such file; did you mean march_2020?"),
        (".", ".: is a folder"),
        ("x" * 5000, "xxx.* is not a name that a file can have"),
        ("scenario.yaml/below", "scenario.yaml/below: there is no such file"),
    ],
)
def test_a_name_that_is_no_scenario_is_one_line(name, said, capsys):
    Path("scenario.yaml").write_text(GOOD)
    assert re.match(said, refused(capsys, name))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("exchange.insurance_found=0", "--set exchange.insurance_found.*did you mean insurance_fund"),
        ("market.price=nan", "--set market.price=nan.* is not a finite number"),
        ("market.price=-1", "--set market.price=-1.* is not above 0"),
        ("clock.tick=1h", "--set clock.tick=1h.* is longer than the run"),
        ("crowd.lungs.traders=4", "--set crowd.lungs.*did you mean longs"),
        ("market", "--set market: is not an assignment"),
    ],
)
def test_a_change_on_the_command_line_is_named_as_such(change, said, capsys):
    Path("scenario.yaml").write_text(GOOD)
    assert re.match(said, refused(capsys, "scenario.yaml", "--set", change))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("long,1,9000,1030", "book.csv:2: is liquidated at .*, so already at the start price of 8000"),
        ("long,1,8000,10", "book.csv:2: leverage 800 is above exchange.max_leverage of 100"),
        ("long,-1,8000,1000", "book.csv:2: quantity -1 is not positive"),
        ("long,nan,8000,1000", "book.csv:2: quantity 'nan' is not a finite number"),
        ("long,1,inf,1000", "book.csv:2: entry_price 'inf' is not a finite number"),
        ("up,1,8000,1000", "book.csv:2: side 'up' is neither long nor short"),
        ("long,1,8000", "book.csv:2: 3 cells where the header has 4"),
    ],
)
def test_a_wrong_position_is_named_by_its_line(row, said, capsys):
    positions(row)
    assert re.match(said, refused(capsys, "scenario.yaml"))


def test_a_missing_positions_file_is_one_line(capsys):
    positions()
    assert refused(capsys, "scenario.yaml").startswith("book.csv: holds no rows")
    Path("book.csv").unlink()
    assert refused(capsys, "scenario.yaml").startswith("book.csv: there is no such file; check the path")


@pytest.mark.parametrize("content", [b"", b"PAR1 this is no table PAR1"])
def test_a_malformed_parquet_file_is_one_line(content, capsys):
    positions("long,1,8000,1000")
    text = Path("scenario.yaml").read_text()
    Path("scenario.yaml").write_text(text.replace("book.csv", "book.parquet"))
    Path("book.parquet").write_bytes(content)
    assert re.match("book.parquet: .*", refused(capsys, "scenario.yaml"))


DAY = ["2020-03-12T09:00:00Z,8000", "2020-03-12T10:00:00Z,7900", "2020-03-12T11:00:00Z,7950"]


def test_recorded_prices_that_cover_the_run_are_taken():
    spot(*DAY)
    assert main(["run", "scenario.yaml", "--no-plots"]) == 0


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (DAY[1:], "do not cover the run"),
        (["2020-03-12T09:00:00Z,8000", "2020-03-12T09:01:00Z,8000"], "do not cover the run"),
        ([DAY[0], "2020-03-12T10:00:00Z,nan", DAY[2]], r"spot.csv:3: holds no price \(close\); fill it in"),
        ([DAY[0], "2020-03-12T10:00:00Z,-4", DAY[2]], r"spot.csv:3: close -4 is not positive"),
        ([DAY[0], "12 March,7900", DAY[2]], r"spot.csv:3: time_utc '12 March' is not a time"),
        ([DAY[1], DAY[0], DAY[2]], r"spot.csv:3: "),
        ([f"2020-03-12T09:{minute}:00Z,8000" for minute in (50, 55)] + DAY[1:], r"spot.csv:5: .* are missing before"),
        (
            [day.replace(",", ",1") for day in DAY],
            r"spot.csv: says 18000 at 2020-03-12T10:00:00Z, where the run",
        ),
        (DAY[:1], r"spot.csv"),
        ([], r"spot.csv"),
    ],
)
def test_recorded_prices_that_cannot_be_used_are_one_line(rows, said, capsys):
    spot(*rows)
    assert re.search(said, refused(capsys, "scenario.yaml"))


def test_a_missing_index_file_or_column_is_one_line(capsys):
    spot(*DAY, column="clse")
    assert "has no column clse" in refused(capsys, "scenario.yaml")
    Path("spot.csv").unlink()
    assert "spot.csv: there is no such file" in refused(capsys, "scenario.yaml")


@pytest.mark.parametrize(("old", "new"), [("tick: 1s", "tick: 1e-9s"), ("traders: 400", "traders: 1e12")])
def test_a_run_that_no_machine_holds_is_refused_before_it_is_built(old, new, capsys):
    Path("scenario.yaml").write_text(GOOD.replace(old, new))
    assert "bytes of memory, this machine has" in refused(capsys, "scenario.yaml", code=1)


def test_several_mistakes_are_several_lines(capsys):
    Path("scenario.yaml").write_text(GOOD.replace("8000", "-1").replace("20k", "-1").replace("400", "0"))
    assert main(["run", "scenario.yaml"]) == 2
    places = [line.split(" ")[0] for line in capsys.readouterr().err.splitlines()]
    assert places == ["scenario.yaml:4:3", "scenario.yaml:10:3", "scenario.yaml:14:5"]


def test_a_mistake_in_a_comparison_is_found_before_anything_runs(capsys):
    Path("scenario.yaml").write_text(GOOD + "compare: {deep: {market.book.depth.notional: 0}}\n")
    said = refused(capsys, "scenario.yaml")
    assert said.startswith("scenario.yaml:17:18 compare.deep.market.book.depth.notional: 0 is not above 0")


def test_a_real_process_says_the_same_and_leaves_with_two():
    Path("scenario.yaml").write_text(GOOD.replace("8000", "-8000"))
    done = subprocess.run(
        [sys.executable, "-m", "cascade_sim", "run", "scenario.yaml", "--out", "out"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )
    assert done.returncode == 2
    assert done.stderr == "scenario.yaml:4:3 market.price: -8000 is not above 0; give a value above 0\n"
    assert not Path("out").exists()
