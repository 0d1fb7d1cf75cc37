"""The page on lending and auctions: its snippets are run, and print what it shows."""

import doctest

from pages import blocks, text_of

PAGE = text_of("lending_formulas.md")


def test_the_snippets_of_the_lending_page_print_what_it_shows():
    snippets = blocks(PAGE, "python")
    assert len(snippets) == 6
    session = doctest.DocTestParser().get_doctest("\n".join(snippets), {}, "lending_formulas.md", None, 0)
    runner = doctest.DocTestRunner()
    runner.run(session)
    assert runner.summarize(verbose=False).failed == 0
