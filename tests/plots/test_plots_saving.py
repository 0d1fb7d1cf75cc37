from __future__ import annotations

import os

import pytest

from cascade_sim import plots
from cascade_sim.errors import OutputError


@pytest.fixture
def figure(small):
    return plots.timeline(small)


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")])
def test_the_ending_chooses_the_format(figure, tmp_path, name, start):
    assert plots.save(figure, tmp_path / name).read_bytes().startswith(start)


def test_a_name_without_an_ending_becomes_a_png(figure, tmp_path):
    assert plots.save(figure, tmp_path / "timeline") == tmp_path / "timeline.png"


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_same_run_gives_the_same_bytes(small, tmp_path, ending):
    files = [plots.save(plots.timeline(small), tmp_path / f"{name}.{ending}").read_bytes() for name in "ab"]
    assert files[0] == files[1]


def test_saving_leaves_nothing_but_the_picture(figure, tmp_path):
    plots.save(figure, tmp_path / "timeline.png")
    plots.save(figure, tmp_path / "timeline.png")
    assert os.listdir(tmp_path) == ["timeline.png"]


def test_a_failed_rename_keeps_the_old_picture_and_leaves_no_temporary_file(figure, tmp_path, monkeypatch):
    (tmp_path / "timeline.png").write_bytes(b"old")

    def refuse(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OutputError, match="No space left on device"):
        plots.save(figure, tmp_path / "timeline.png")
    assert os.listdir(tmp_path) == ["timeline.png"]
    assert (tmp_path / "timeline.png").read_bytes() == b"old"


def test_a_picture_that_cannot_be_drawn_touches_no_file(figure, tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise RuntimeError("drawing failed")

    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(RuntimeError, match="drawing failed"):
        plots.save(figure, tmp_path / "timeline.png")
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_one_clear_message(figure, tmp_path):
    with pytest.raises(OutputError, match=r"timeline\.png: the picture cannot be written: No such file"):
        plots.save(figure, tmp_path / "nowhere" / "timeline.png")


def test_an_unknown_format_is_refused_before_anything_is_drawn(figure, tmp_path):
    with pytest.raises(OutputError, match=r"use one of \.png, \.svg, \.pdf"):
        plots.save(figure, tmp_path / "timeline.docx")
