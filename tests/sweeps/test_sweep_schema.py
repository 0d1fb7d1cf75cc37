import copy

import pytest
from sweep_files import sweep_of

from cascade_sim.scenario import library
from cascade_sim.scenario.yaml_text import read_yaml
from cascade_sim.sweeps.schema import sweep_schema, sweep_schema_text

jsonschema = pytest.importorskip("jsonschema")
VALIDATOR = jsonschema.Draft202012Validator(sweep_schema())
TEXT = """\
name: Test
scenario: small.yaml
vary:
  crowd.longs.leverage.mean: 5..20 in 4 steps
  market.price: {dist: normal, mean: 100, sd: 1, low: 90, high: 110}
  market.book.depth.notional: {from: 1M, to: 2M, scale: log}
  exchange.max_leverage: [100, 125]
design: latin_hypercube
samples: 8
outputs: [bad_debt]
cascade: {max_drawdown: 20%}
keep: [{exchange.max_leverage: 100, replicate: 0}]
"""


def test_a_sweep_fits_the_schema_as_written_and_as_resolved(tmp_path):
    written = read_yaml(TEXT, "sweep.yaml")[0].plain()
    VALIDATOR.validate(written)
    VALIDATOR.validate(sweep_of(tmp_path, TEXT, head="").resolved())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("vary", {}),
        ("vary", {"market.price": 5}),
        ("vary", {"market.price": {"dist": "unifrom", "low": 1, "high": 2}}),
        ("vary", {"market.price": {"from": 1}}),
        ("scenario", 5),
        ("design", "gird"),
        ("outputs", ["low_time"]),
        ("desing", "grid"),
    ],
)
def test_what_is_wrong_does_not_fit_the_schema(key, value):
    wrong = {**copy.deepcopy(read_yaml(TEXT, "sweep.yaml")[0].plain()), key: value}
    assert not VALIDATOR.is_valid(wrong)


def test_every_bundled_sweep_fits_the_schema():
    for name in library.sweeps():
        VALIDATOR.validate(read_yaml(library.find_sweep(name).read_text(encoding="utf-8"), name)[0].plain())


def test_the_schema_in_scenarios_is_fresh():
    file = library.folder() / "sweep.schema.json"
    told = "run: cascade-sim schema --sweep --out scenarios/sweep.schema.json"
    assert file.read_text(encoding="utf-8") == sweep_schema_text(), told


def test_every_key_of_the_schema_is_described():
    assert all("description" in field for field in sweep_schema()["properties"].values() if "$ref" not in field)
    assert sweep_schema_text().endswith("}\n")
