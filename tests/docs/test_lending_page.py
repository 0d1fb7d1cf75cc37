"""The page on lending beside the exchange: its snippet is run, and its tables say what its text says of them."""

import doctest
import re

from pages import blocks, text_of

PAGE = text_of("lending.md")


def rows(table):
    found = re.search(rf"<!-- begin {table} -->\n(.*?)\n<!-- end {table} -->", PAGE, re.DOTALL)[1].splitlines()[2:]
    cells = ([cell.strip(" %").replace(",", "") for cell in line.strip("| ").split(" | ")] for line in found)
    return {line.split("|")[1].strip(): row[1:] for line, row in zip(found, cells, strict=True)}


def test_the_snippet_of_the_lending_page_prints_what_it_shows():
    (snippet,) = blocks(PAGE, "python")
    session = doctest.DocTestParser().get_doctest(snippet, {}, "lending.md", None, 0)
    runner = doctest.DocTestRunner()
    runner.run(session)
    assert runner.summarize(verbose=False).failed == 0


def test_both_together_are_above_their_product_and_at_the_closed_form():
    for row in rows("together").values():
        exchange, pool, product, both, expected = map(float, row)
        assert both > product > max(exchange, pool) > 1.0
        assert abs(both / expected - 1.0) < 0.005


def test_the_changes_that_decouple_fall_no_further_than_without_a_pool():
    falls = {name: float(row[0]) for name, row in rows("decoupled").items()}
    alone, together = falls["no pool"], falls["as it stands"]
    for name in ("oracle sends after 0.7 %", "keepers ask for 26 %", "keepers hold", "keepers hold, 1M of capital"):
        assert falls[name] == alone, name
    for name in ("oracle 10 s late", "block every 12 s", "two calls a block", "bonus 0.1 %, threshold 99.95 %"):
        assert falls[name] == together, name


def test_waiting_for_room_leaves_more_bad_debt_and_a_late_oracle_less():
    debts = {name: row[3] for name, row in rows("decoupled").items()}
    late, stands, room = (float(debts[name]) for name in ("oracle 10 s late", "as it stands", "two calls a block"))
    assert late < stands < room / 1.8
