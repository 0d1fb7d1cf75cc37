"""The how-to for scenarios: its files are written, its commands run, and what they print is what it shows."""

import doctest
import shlex

import pytest
from pages import blocks, text_of

from cascade_sim.cli import main

PAGE = text_of("scenarios.md")
SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
CONSOLES = blocks(PAGE, "console")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("how_to")
    for text in [*blocks(PAGE, "yaml"), *blocks(PAGE, "csv")]:
        first = text.partition("\n")[0]
        if first.startswith("# "):
            (place / first[2:]).write_text(text, encoding="utf-8")
    return place


def commands(block):
    """Split a block into pairs of a command's arguments and what it prints."""
    for part in block.split("$ cascade-sim ")[1:]:
        line, _, printed = part.partition("\n")
        yield shlex.split(line), printed


def run(arguments, capsys):
    extra = ["--quiet", "--no-plots"] if arguments[0] == "run" else []
    main([*arguments, *extra])
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_the_commands_of_the_page_print_what_it_shows(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    shown = [pair for block in CONSOLES for pair in commands(block)]
    assert len(shown) == 12
    for arguments, expected in shown:
        printed = run(arguments, capsys)
        assert doctest.OutputChecker().check_output(expected, printed, SAME), (arguments, printed)
