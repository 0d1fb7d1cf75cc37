"""The page about a run, read as a browser reads it."""

from __future__ import annotations

import base64
import itertools
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from small_runs import NO_FORCED_SELLING, crash, files_below

import cascade_sim as cs
from cascade_sim.plots.album import pictures_of
from cascade_sim.plots.saving import drawn
from cascade_sim.report.page import report_html
from cascade_sim.report.story import story

VOID = {"meta", "link", "img"}
ATTACK = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Keeps every element with its attributes, the text of each kind of element, and what was left open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)
            self.text.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.text[self.open[-1]][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def html(run) -> str:
    return report_html(run)


@pytest.fixture(scope="module")
def page(html) -> Page:
    return Page(html)


def test_every_element_is_closed_and_no_name_is_given_twice(page):
    assert page.open == []
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names))


def test_the_parts_come_in_the_order_of_a_reader_s_questions(page):
    parts = [each["id"] for each in page.all("section") if "id" in each]
    assert parts == ["glance", "pictures", "reported", "counterfactuals", "figures", "scenario", "origin", "again"]


def test_links_within_the_page_lead_somewhere(page):
    names = {attributes.get("id") for _, attributes in page.elements}
    inner = [each["href"][1:] for each in page.all("a") if each["href"].startswith("#")]
    assert len(inner) > 20
    assert set(inner) <= names


def test_nothing_is_fetched_and_nothing_runs(page, html):
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "iframe", "object", "embed", "form", "base", "audio", "video"}
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert "srcset" not in attributes
        if "src" in attributes:
            assert attributes["src"].startswith("data:image/png;base64,")
        if tag == "link":
            assert attributes["href"] == "data:,"
    assert not re.search(r"url\(|@import|@font-face", page.text["style"][0])
    policy = next(each["content"] for each in page.all("meta") if "http-equiv" in each)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_language_landmarks_and_headings_are_those_of_a_page(page):
    assert page.all("html") == [{"lang": "en"}]
    for landmark in ("header", "nav", "main", "footer"):
        assert len(page.all(landmark)) == 1
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_cell_that_heads_others_says_which(page):
    assert page.all("th")
    assert {each.get("scope") for each in page.all("th")} == {"col", "row"}


def test_every_picture_of_the_album_is_there_and_says_what_it_shows(run, page):
    album = pictures_of(run)
    assert page.text["h3"] == [entry.heading for entry in album.values()]
    wide = [each for each in page.all("img") if each["class"] == "wide"]
    assert [each["alt"] for each in wide] == [entry.finding(run) for entry in album.values()]
    for each, entry in zip(wide, album.values(), strict=True):
        png = base64.b64decode(each["src"].partition(",")[2])
        assert png == drawn(entry.draw(run))
        assert (int(each["width"]), int(each["height"])) == (
            int.from_bytes(png[16:20], "big"),
            int.from_bytes(png[20:24], "big"),
        )
    assert [entry.reading for entry in album.values()] == page.text["figcaption"]


def test_the_story_is_one_sentence_of_the_summary_s_figures(run, page):
    told = story(run)
    assert told in (text.strip() for text in page.text["p"])
    summary, mark = run.summary, run.timeline["mark"]
    high = mark[mark.idxmin() :].max()
    assert (
        f"The mark price rose {100 * summary['max_runup']:.1f} % from {mark.min():,.0f} to {high:,.0f} by 10:06" in told
    )
    assert f"{summary['amplification']:.2f} times the rise without forced selling" in told
    assert "was liquidated" in told
    assert "the liquidated traders lost" in told
    assert told.endswith(".")
    assert told.count(". ") == 0


@pytest.mark.usefixtures("one_picture")
def test_what_a_scenario_says_stays_text():
    changes = {
        "name": ATTACK,
        "description": f"<img src=x onerror=alert(2)> {ATTACK}",
        "market.quote": "<b>USD</b>",
        "reported": {
            "max_drawdown": {"value": ATTACK, "unit": "<i>", "source": 'javascript:alert(3) https://a.b/"><script>'},
            "<svg onload=alert(4)>": {"value": 1, "source": "x"},
        },
    }
    hostile = Page(report_html(cs.run(crash(changes))))
    tags = [tag for tag, _ in hostile.elements]
    assert not set(tags) & {"script", "svg", "b", "i"}
    assert hostile.text["h1"] == [ATTACK]
    assert not [name for _, attributes in hostile.elements for name in attributes if name.startswith("on")]
    outward = [each["href"] for each in hostile.all("a") if not each["href"].startswith("#")]
    assert outward == ["https://a.b/"]


def test_the_resolved_scenario_on_the_page_is_the_run_s(run, page, tmp_path):
    listing = next(text for text in page.text["pre"] if "clock:" in text)
    (tmp_path / "scenario.yaml").write_text(listing, encoding="utf-8")
    assert cs.load_scenario(tmp_path / "scenario.yaml").hash == run.scenario.hash
    assert run.scenario.hash in page.text["code"]


@pytest.mark.usefixtures("one_picture")
def test_the_commands_on_the_page_make_the_same_page(run, page, tmp_path, monkeypatch):
    from cascade_sim.cli import main

    monkeypatch.chdir(tmp_path)
    Path("scenario.yaml").write_text(next(text for text in page.text["pre"] if "clock:" in text), encoding="utf-8")
    commands = next(text for text in page.text["pre"] if "cascade-sim" in text).strip().splitlines()
    for command in commands:
        assert main([*command.split()[1:], *(["--no-plots"] if " run " in command else [])]) == 0
    assert Path("again/report.html").read_text(encoding="utf-8") == report_html(run)


@pytest.mark.usefixtures("one_picture")
def test_the_same_run_gives_the_same_bytes_also_from_its_folder(run, tmp_path):
    first = cs.write_report(run, tmp_path / "a.html").read_bytes()
    assert cs.write_report(run, str(tmp_path / "b.html")).read_bytes() == first
    loaded = cs.Run.load(run.save(tmp_path / "run"))
    assert cs.write_report(loaded, tmp_path / "c.html").read_bytes() == first
    assert first.decode("utf-8") == report_html(run)


@pytest.mark.usefixtures("one_picture")
def test_versions_are_those_that_the_run_was_made_with(run):
    made = {"versions": {"cascade-sim": "0.0.7"}, "data": {"spot.csv": "ab12", "gone.csv": None}}
    old = report_html(replace(run, made_with=made))
    assert "cascade-sim 0.0.7<" in old
    assert "<dt>Data file spot.csv, SHA-256</dt><dd><code>ab12</code></dd>" in old
    assert "<dt>Data file gone.csv, SHA-256</dt><dd>could not be read</dd>" in old


@pytest.mark.usefixtures("one_picture")
def test_positions_from_python_are_said_to_be_missing_from_the_scenario(run):
    import pandas as pd

    positions = pd.DataFrame({"side": ["long"], "quantity": [1.0], "entry_price": [7900.0], "collateral": [800.0]})
    said = "Positions were handed over in Python"
    assert said in report_html(cs.run(crash(), positions=positions))
    assert said not in report_html(run)


def test_a_run_in_which_nothing_happens_has_a_page_too():
    page = Page(report_html(cs.run(crash({"crowd": None, "flow": None, "clock.duration": "1s"}))))
    assert page.open == []
    assert "Nobody was liquidated" in page.text["p"][1] or "nobody was liquidated" in page.text["p"][1]
    assert "reported" not in [each.get("id") for each in page.all("section")]
    assert len(page.all("img")) >= 1


@pytest.mark.usefixtures("one_picture")
def test_a_run_that_ended_early_says_so_at_the_top(run):
    cut = replace(run, summary=run.summary | {"status": "book_exhausted"})
    page = Page(report_html(cut))
    assert "The order book ran out: the run ended there." in page.text["p"]


@pytest.mark.usefixtures("one_picture")
def test_a_folder_that_is_missing_and_a_folder_as_the_file_are_one_line(run, tmp_path):
    with pytest.raises(cs.OutputError, match=r"page\.html: the report cannot be written: No such file"):
        cs.write_report(run, tmp_path / "nowhere" / "page.html")
    (tmp_path / "taken").mkdir()
    with pytest.raises(cs.OutputError, match="taken: the report cannot be written: Is a directory"):
        cs.write_report(run, tmp_path / "taken")
    assert files_below(tmp_path) == {}


@pytest.mark.usefixtures("one_picture")
def test_a_page_that_cannot_be_renamed_leaves_the_old_one(run, tmp_path, monkeypatch):
    (tmp_path / "page.html").write_text("old")

    def refuse(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(cs.OutputError, match="No space left on device"):
        cs.write_report(run, tmp_path / "page.html")
    assert files_below(tmp_path) == {"page.html": b"old"}


LIMITED = """
import resource, signal, sys
import cascade_sim as cs
run = cs.Run.load(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    cs.write_report(run, sys.argv[2])
except cs.OutputError as error:
    print(error)
"""


@pytest.mark.usefixtures("one_picture")
def test_a_write_that_the_system_refuses_leaves_the_old_page(run, tmp_path):
    """No file may grow beyond 4 kB: a real error of the operating system, in the middle of the page."""
    pytest.importorskip("resource")
    folder = run.save(tmp_path / "run")
    (tmp_path / "page.html").write_text("old")
    arguments = [sys.executable, "-c", LIMITED, str(folder), str(tmp_path / "page.html")]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert "page.html: the report cannot be written: " in done.stdout
    assert done.stdout.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["page.html"]
    assert (tmp_path / "page.html").read_text() == "old"


@pytest.mark.usefixtures("one_picture")
@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not hold for this user")
def test_a_folder_without_permission_is_one_line(run, tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(cs.OutputError, match="Permission denied"):
            cs.write_report(run, tmp_path / "page.html")
    finally:
        tmp_path.chmod(0o700)


def test_a_counterfactual_on_its_own_has_a_page_without_comparisons():
    alone = cs.run(crash(NO_FORCED_SELLING)).counterfactuals["no_forced_selling"]
    ids = [each.get("id") for each in Page(report_html(alone)).all("section")]
    assert "counterfactuals" not in ids
