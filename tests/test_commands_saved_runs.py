"""What plot, report and compare make of a saved run, and of a folder that is none any more."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from small_runs import NO_FORCED_SELLING, crash, files_below

import cascade_sim as cs
from cascade_sim.cli import main
from cascade_sim.engine.folder import PICTURES, REPORT, REQUIRED
from cascade_sim.plots.album import ALBUM, pictures_of
from cascade_sim.report.page import report_html

COMMANDS = (["plot", "out"], ["report", "out"], ["compare", "out", "out"])


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    """A run on the disk, without pictures."""
    return cs.run(crash(NO_FORCED_SELLING)).save(tmp_path_factory.mktemp("saved") / "run")


@pytest.fixture
def out(saved, tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(saved, "out")
    return tmp_path / "out"


def made_below(folder: Path, before: dict[str, bytes]) -> set[str]:
    return set(files_below(folder)) - set(before)


def test_plot_draws_the_whole_album_and_the_same_bytes_again(out):
    before = files_below(out)
    assert main(["plot", "out"]) == 0
    assert made_below(out, before) == {f"{name}.png" for name in pictures_of(cs.Run.load(out))}
    drawn = files_below(out)
    assert main(["plot", "out"]) == 0
    assert files_below(out) == drawn


def test_plot_draws_what_is_named_in_the_format_that_is_wanted(out, capsys):
    before = files_below(out)
    assert main(["plot", "out", "--only", "liquidation_map", "--only", "liquidation_map", "--format", "pdf"]) == 0
    assert made_below(out, before) == {"liquidation_map.pdf"}
    assert (out / "liquidation_map.pdf").read_bytes().startswith(b"%PDF")
    assert capsys.readouterr().err == "drawn into out: liquidation_map\n"


def test_plot_draws_as_wide_as_a_paper_s_column(out):
    assert main(["plot", "out", "--only", "timeline", "--width", "3.4"]) == 0
    assert int.from_bytes((out / "timeline.png").read_bytes()[16:20], "big") == 680


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--only", "timelime"], "--only timelime: there is no such picture; there are: timeline, "),
        (["--only", "timeline", "--only", "x"], "--only x: there is no such picture"),
        (["--width", "0"], "--width 0: give inches from 2 to 100, such as 3.4 or 10"),
        (["--width", "nan"], "--width nan: give inches"),
        (["--width", "-3"], "--width -3: give inches"),
    ],
)
def test_what_cannot_be_drawn_is_one_line_and_draws_nothing(options, message, out, capsys):
    before = files_below(out)
    assert main(["plot", "out", *options]) == 2
    said = capsys.readouterr().err
    assert said.startswith(message)
    assert said.count("\n") == 1
    assert files_below(out) == before


def test_every_picture_is_named_where_one_is_misspelt(out, capsys):
    main(["plot", "out", "--only", "x"])
    assert capsys.readouterr().err.strip().endswith(f"there are: {', '.join(ALBUM)}")


def test_a_picture_that_this_run_does_not_have_says_what_it_needs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    cs.run(crash({"crowd": None})).save("empty")
    assert main(["plot", "empty", "--only", "liquidation_map"]) == 2
    said = capsys.readouterr().err
    assert "the run in empty does not have it, it needs a crowd; it has: timeline" in said
    assert not set(files_below(Path("empty"))) & set(PICTURES)


@pytest.mark.usefixtures("one_picture")
def test_report_writes_its_page_into_the_folder_or_where_it_is_wanted(out, capsys):
    assert main(["report", "out"]) == 0
    assert capsys.readouterr().err == "written to out/report.html\n"
    page = (out / REPORT).read_text(encoding="utf-8")
    assert page == report_html(cs.Run.load(out))
    assert main(["report", "out", "--out", "elsewhere.html"]) == 0
    assert Path("elsewhere.html").read_text(encoding="utf-8") == page


def test_a_run_into_the_folder_takes_older_pictures_and_pages_away(out):
    Path("crash.yaml").write_text(crash(NO_FORCED_SELLING).to_yaml())
    assert main(["plot", "out", "--format", "svg"]) == 0
    assert main(["report", "out"]) == 0
    assert main(["run", "crash.yaml", "--out", "out", "--no-plots", "--quiet"]) == 0
    assert not set(files_below(out)) & {*PICTURES, REPORT}


def test_compare_draws_both_runs_into_one_picture(out, capsys):
    assert main(["compare", "out", "out", "--out", "both.png"]) == 0
    assert Path("both.png").read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().err == "drawn into both.png\n"


def refused(command: list[str], folder: Path, capsys) -> str:
    """Return the one line with which a command leaves; it must not have written anything."""
    before = files_below(folder)
    assert main(command) == 1
    assert files_below(folder) == before
    screen = capsys.readouterr()
    assert screen.out == ""
    assert screen.err.count("\n") == 1
    return screen.err


@pytest.mark.parametrize("command", COMMANDS, ids=[command[0] for command in COMMANDS])
@pytest.mark.parametrize("name", REQUIRED)
def test_a_folder_that_lost_a_file_is_one_line(command, name, out, capsys):
    (out / name).unlink()
    assert refused(command, out, capsys) == f"out: is not whole: {name} missing; run the scenario again with --out\n"


@pytest.mark.parametrize("command", COMMANDS, ids=[command[0] for command in COMMANDS])
@pytest.mark.parametrize(
    "name",
    [*REQUIRED, "crowd.parquet", *(f"counterfactuals/no_forced_selling/{name}.parquet" for name in ("timeline",))],
)
def test_a_file_that_was_cut_is_one_line_with_its_name(command, name, out, capsys):
    content = (out / name).read_bytes()
    (out / name).write_bytes(content[: len(content) // 2])
    said = refused(command, out, capsys)
    assert said.startswith(f"out/{name}: cannot be read: ")
    assert said.endswith("; run the scenario again with --out\n")


@pytest.mark.parametrize("command", COMMANDS, ids=[command[0] for command in COMMANDS])
@pytest.mark.parametrize("content", ["{}", "[]", "null", '{"max_drawdown": 1}', ""])
def test_a_summary_that_is_none_is_one_line(command, content, out, capsys):
    (out / "summary.json").write_text(content)
    assert refused(command, out, capsys).startswith("out/summary.json: cannot be read: ")


def test_a_counterfactual_that_is_gone_is_one_line(out, capsys):
    shutil.rmtree(out / "counterfactuals")
    said = refused(["report", "out"], out, capsys)
    assert said.startswith("out/counterfactuals/no_forced_selling/timeline.parquet: cannot be read: ")


def test_a_manifest_of_another_shape_is_one_line(out, capsys):
    manifest = json.loads((out / "run.json").read_text())
    for broken in (manifest | {"versions": None}, [manifest], {**manifest, "counterfactuals": ["other"]}):
        (out / "run.json").write_text(json.dumps(broken))
        assert ": cannot be read: " in refused(["report", "out"], out, capsys)


@pytest.mark.parametrize("command", [["plot", "out"], ["report", "out"]], ids=["plot", "report"])
def test_a_full_disk_is_one_line_and_leaves_the_old_file(command, out, capsys, monkeypatch):
    for name in ("timeline.png", REPORT):
        (out / name).write_text("old")

    def refuse(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    said = refused(command, out, capsys)
    assert "cannot be written: No space left on device" in said


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not hold for this user")
@pytest.mark.parametrize("command", [["plot", "out"], ["report", "out"]], ids=["plot", "report"])
def test_a_folder_that_may_not_be_written_to_is_one_line(command, out, capsys):
    out.chmod(0o500)
    try:
        assert "Permission denied" in refused(command, out, capsys)
    finally:
        out.chmod(0o700)


@pytest.mark.usefixtures("one_picture")
def test_a_report_from_a_folder_that_may_only_be_read_can_go_elsewhere(out):
    out.chmod(0o500)
    try:
        assert main(["report", "out", "--out", "page.html"]) == 0
    finally:
        out.chmod(0o700)
