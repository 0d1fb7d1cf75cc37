"""The strategy in the README does what the README says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("mesa")

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_strategy_of_the_readme_gains_and_loses_what_it_says():
    page = README.read_text(encoding="utf-8")
    program = next(block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "TraderAgent" in block)
    gain, other, loss = re.search(r"# ([\d,]+) USD; at ([\d.]+) it buys too early and loses ([\d,]+)", program).groups()
    for source, expected in ((program, gain), (program.replace("0.92", other), f"-{loss}")):
        names: dict = {}
        exec(compile(source, "README.md", "exec"), names)
        assert f"{names['trader'].profit:,.0f}" == expected
