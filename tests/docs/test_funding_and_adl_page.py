"""The page on funding, marks, funds, deleveraging and throttles: its examples print what it shows."""

import doctest
import importlib
import re

from pages import blocks, text_of

PAGE = text_of("funding_and_adl.md")


def test_the_examples_of_the_page_print_what_it_shows():
    examples = doctest.DocTestParser().get_doctest(
        "\n".join(blocks(PAGE, "python")), {}, "funding_and_adl.md", "funding_and_adl.md", 0
    )
    assert len(examples.examples) > 25
    assert doctest.DocTestRunner().run(examples).failed == 0


def test_the_functions_that_the_table_names_exist():
    named = set(re.findall(r"`(adl|insurance_fund|funding|mark|throttle)\.(\w+)`", PAGE))
    assert len(named) > 10
    for module, name in named:
        assert name in importlib.import_module(f"cascade_sim.mechanics.{module}").__all__
