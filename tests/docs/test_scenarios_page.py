"""The how-to for scenarios: its files are written, its commands run, and what they print is what it shows."""

import pytest
from how_to import check_command, commands, write_file
from pages import blocks, text_of

PAGE = text_of("scenarios.md")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("how_to")
    for text in [*blocks(PAGE, "yaml"), *blocks(PAGE, "csv")]:
        write_file(text, place)
    return place


def test_the_commands_of_the_page_print_what_it_shows(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    shown = [pair for block in blocks(PAGE, "console") for pair in commands(block)]
    assert len(shown) == 16
    for arguments, expected in shown:
        check_command(arguments, expected, capsys)
