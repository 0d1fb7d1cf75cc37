"""The page on margin: its snippets print what it shows."""

import doctest

from pages import FOLDER


def test_the_snippets_of_the_margin_page_print_what_it_shows():
    results = doctest.testfile(str(FOLDER / "margin.md"), module_relative=False, encoding="utf-8")
    assert results.attempted > 20
    assert results.failed == 0
