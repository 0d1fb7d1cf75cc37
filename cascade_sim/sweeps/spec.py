"""The sweep: what a user writes to have one scenario run many times."""

from __future__ import annotations

import hashlib
import json
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from cascade_sim.errors import Problem, ScenarioError, in_order
from cascade_sim.metrics.definitions import AFTER_LOW, SUMMARY
from cascade_sim.metrics.lending_figures import LENDING, names_a_pool, pool_figures
from cascade_sim.scenario import Scenario
from cascade_sim.scenario.diagnosis import diagnose
from cascade_sim.scenario.fields import (
    Count,
    PositiveCount,
    PositiveProperFraction,
    none_as_empty,
    none_as_no_entries,
)
from cascade_sim.scenario.findings import Finding, WrongError
from cascade_sim.scenario.nodes import PYTHON, Mark, Node, node_from
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.resolve import resolve
from cascade_sim.scenario.suggest import nearest
from cascade_sim.scenario.yaml_out import as_yaml
from cascade_sim.sweeps import checks
from cascade_sim.sweeps.base import as_inline, base_scenario, rules_under, varies_presets, written_keys
from cascade_sim.sweeps.trial import field_reader, trial_problems, whole_numbers
from cascade_sim.sweeps.vary import Varied, read_varied

TEXT_OUTPUTS = ("low_time", "status")
COUNTERFACTUAL_OUTPUTS = ("amplification", "feedback_share")
"""What needs a second run, without forced selling, beside each run."""

OUTPUTS = tuple(key for key in SUMMARY if key not in TEXT_OUTPUTS)
# What is read off recorded rows would keep small runs out of batches; what lending says is null without it.
DEFAULT_OUTPUTS = tuple(key for key in OUTPUTS if key not in (*COUNTERFACTUAL_OUTPUTS, *AFTER_LOW, *LENDING))


class Cascade(Part):
    """When a run counts as a cascade."""

    max_drawdown: PositiveProperFraction = Field(
        default=0.2, description="A run whose largest fall of the mark reaches this is a cascade, a fraction."
    )


class Sweep(Part):
    """One scenario, the keys that are varied, and how often each point is run.

    Built by `cascade_sim.load_sweep`, or in Python from the same keys and values as in a file:
    ``Sweep(name=..., scenario="march_2020", vary={"crowd.longs.leverage.mean": "5..50 in 10 steps"})``. ``scenario``
    may be a `Scenario`. Frozen.

    Raises
    ------
    ScenarioError
        If anything is wrong; its problems list all that was found.
    """

    name: str = Field(min_length=1, description="What the sweep is called.")
    description: str = Field(default="", description="What it asks.")
    scenario: Any = Field(description="What is run: a file beside this one, a bundled name, or a scenario written out.")
    vary: dict[str, Any] = Field(
        min_length=1, description="Dotted keys as --set takes them; for each a list, a range or a distribution."
    )
    design: Literal["grid", "zip", "latin_hypercube", "sobol"] = Field(
        default="grid",
        description="grid: all combinations, the last key fastest; zip: first values together, then second ones, and "
        "so on; latin_hypercube: drawn, one point in each stratum of each key; sobol: the points from which Sobol "
        "indices can be estimated.",
    )
    samples: PositiveCount | None = Field(
        default=None,
        description="latin_hypercube: how many points; sobol: base samples, a power of 2, each of which is as many "
        "points as there are varied keys, and two more. A whole number.",
    )
    replicates: PositiveCount = Field(
        default=1, description="Runs of each point, each with its own seed, a whole number."
    )
    seed: Annotated[Count, Field(ge=0)] = Field(
        default=0, description="Seed of the runs' seeds and of what is drawn, a whole number."
    )
    outputs: list[str] = Field(
        default_factory=lambda: list(DEFAULT_OUTPUTS),
        min_length=1,
        description="Keys of the summary that are kept of every run, those about pools of the scenario included; left "
        "out: all numbers that need no second run without forced selling.",
    )
    common_luck: bool = Field(
        default=True, description="Whether all points have the same seeds, so that differences are the points'."
    )
    cascade: Annotated[Cascade, BeforeValidator(none_as_empty)] = Field(
        default_factory=Cascade, description="When a run counts as a cascade."
    )
    keep: Annotated[list[dict[str, Any]], BeforeValidator(none_as_no_entries)] = Field(
        default_factory=list,
        description="Runs that are kept whole: values of varied keys, and a replicate (0 if left out).",
    )

    _base: Scenario | None = PrivateAttr(default=None)
    _varied: dict[str, Varied] = PrivateAttr(default_factory=dict)
    _hash: str | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _whole(cls, data: Any, handler: ModelWrapValidatorHandler[Sweep], info: ValidationInfo) -> Sweep:
        if isinstance(data, Sweep):
            return data
        context = info.context or {}
        tree = context.get("tree") or _node_of(data)
        problems = list(context.get("problems", ()))
        if tree.child("extends") is not None:
            fix = "write scenario: {extends: ...} to change a scenario before it is varied"
            problems.append(tree.mark_at(("extends",)).problem("extends", "a sweep extends nothing", fix))
            tree = tree.without("extends")
        base, in_base = _read_base(tree, context.get("folder"), context.get("changes"))
        plain = tree.plain()
        if base is not None and base.lending:  # the default, and what its pools are called
            plain.setdefault("outputs", [*DEFAULT_OUTPUTS, *LENDING, *pool_figures(base)])
        try:
            sweep = handler(plain)
        except ValidationError:
            problems += [tree.problem(finding) for finding in diagnose(plain, handler, cls)]
        varied, in_vary = _read_vary(tree, base)
        problems += [*in_base, *in_vary, *_together(cls, tree, varied)]
        if base is not None:
            problems += _strange_pools(tree, base)
        if problems:
            raise ScenarioError(in_order(problems))
        sweep._base, sweep._varied = base, varied
        return sweep

    @classmethod
    def from_tree(
        cls,
        tree: Node,
        folder: pathlib.Path | None,
        problems: Sequence[Problem] = (),
        changes: Mapping[str, Any] | None = None,
    ) -> Sweep:
        """Validate what was read from a file; used by the loader.

        Parameters
        ----------
        tree : Node
            What was written, with places.
        folder : pathlib.Path or None
            Where relative paths start.
        problems : sequence of Problem
            What was found wrong already.
        changes : mapping, optional
            Overrides of the scenario by dotted key.

        Raises
        ------
        ScenarioError
            If anything is wrong.
        """
        return cls.model_validate(
            {}, context={"tree": tree, "folder": folder, "problems": problems, "changes": changes}
        )

    def check(self) -> Iterator[Finding]:
        """Refuse samples that the design has no use for, and outputs that are no numbers of the summary."""
        drawn = self.design in checks.DRAWN
        if drawn and self.samples is None:
            example = "a power of 2, such as 128" if self.design == "sobol" else "the number of points"
            yield Finding(("samples",), "is missing", f"add it: {example}", at=("design",), rests_on=("samples",))
        if not drawn and self.samples is not None:
            fix = "leave it out, or set design: latin_hypercube or design: sobol"
            yield Finding(("samples",), f"means nothing where design is {self.design}", fix)
        if self.design == "sobol" and self.samples is not None and self.samples & (self.samples - 1):
            below = 1 << (self.samples.bit_length() - 1)
            fix = f"take {below} or {2 * below}"
            yield Finding(("samples",), f"{self.samples} is not a power of 2, as the design sobol needs", fix)
        for index, key in enumerate(self.outputs):
            if key in TEXT_OUTPUTS:
                yield Finding(("outputs", index), f"{key} is text", "name numbers of the summary, such as max_drawdown")
            elif key not in OUTPUTS and not names_a_pool(key):
                meant = nearest(key, OUTPUTS)
                fix = f"did you mean {meant}?" if meant else "name keys of summary.json, such as max_drawdown"
                yield Finding(("outputs", index), f"the summary has no {key}", fix)
            elif key in self.outputs[:index]:
                yield Finding(("outputs", index), f"{key} stands in it twice", "leave one out")

    @property
    def base(self) -> Scenario:
        """The scenario that is varied, without its comparisons."""
        if self._base is None:
            raise TypeError("a sweep is built by load_sweep or Sweep(...)")
        return self._base

    @property
    def varied(self) -> dict[str, Varied]:
        """What each key is varied over, in the order of the file."""
        return dict(self._varied)

    @property
    def threshold(self) -> float:
        """The drawdown from which on a run is a cascade, a fraction."""
        return self.cascade.max_drawdown

    @property
    def hash(self) -> str:
        """SHA-256 of the resolved sweep, of which keys its scenario writes, and of the rules of varied presets."""
        if self._hash is None:
            named = {key: entry.values for key, entry in self._varied.items() if varies_presets(key, entry.values)}
            rules = {key: rules_under(self.base, key, values) for key, values in named.items()}
            canonical = {**self.resolved(), "written": written_keys(self.base), "rules": rules}
            text = json.dumps(canonical, ensure_ascii=True, separators=(",", ":"))
            self._hash = hashlib.sha256(text.encode("utf-8")).hexdigest()
        return self._hash

    def scenarios(self) -> Iterator[Scenario]:
        """Yield the scenario, and what it becomes under every value that may name data files of its own."""
        from cascade_sim.sweeps.manifest import scenarios_of

        return scenarios_of(self)

    def resolved(self) -> dict[str, Any]:
        """Return everything, defaults and the scenario included, as plain values for YAML and JSON.

        Ranges and distributions have numbers in base units; lists stay as they were written.
        """
        vary = {key: resolve(entry.written) for key, entry in self._varied.items()}
        own = {name: getattr(self, name) for name in type(self).model_fields}
        plain = resolve({**own, "scenario": self.base.resolved(), "vary": vary})
        return {key: value for key, value in plain.items() if value is not None}

    def to_yaml(self) -> str:
        """Return the sweep as YAML: loading it gives the same hash, the same points, the same scenario at each.

        The scenario is written out in it, without its defaults (overrides may ask whether a key was written). Paths of
        data files stay relative to the folder of the scenario's file; give that folder to `load_sweep`.
        """
        return as_yaml({**self.resolved(), "scenario": as_inline(self.base)})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sweep) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)


def _node_of(data: Any) -> Node:
    """Build a tree from what Python gave; a scenario keeps the folder that its data files are found from."""
    mark = Mark(PYTHON)
    if not isinstance(data, Mapping):
        return node_from(data, mark)
    scenario = data.get("scenario")
    tree = node_from({key: value for key, value in data.items() if key != "scenario"}, mark)
    if "scenario" in data:
        tree.value["scenario"] = Node(scenario, mark) if isinstance(scenario, Scenario) else node_from(scenario, mark)
    return tree


def _read_base(
    tree: Node, folder: pathlib.Path | None, changes: Mapping[str, Any] | None
) -> tuple[Scenario | None, list[Problem]]:
    written, vary = tree.child("scenario"), tree.child("vary")
    if written is None:
        return None, []
    plain = vary.plain() if vary is not None and isinstance(vary.value, dict) else {}
    presets_vary = any(varies_presets(key, values) for key, values in plain.items())
    return base_scenario(written, folder, presets_vary, changes)


def _read_vary(tree: Node, base: Scenario | None) -> tuple[dict[str, Varied], list[Problem]]:
    varied: dict[str, Varied] = {}
    problems: list[Problem] = []
    vary = tree.child("vary")
    for key, node in vary.value.items() if vary is not None and isinstance(vary.value, dict) else ():
        if not isinstance(key, str):
            continue
        try:
            entry = read_varied(node.plain())
        except WrongError as error:
            problems += [tree.problem(finding.under(("vary", key))) for finding in error.findings]
            continue
        counts = base is not None and entry.kind != "list" and whole_numbers(base, key)
        varied[key] = entry.rounded() if counts else entry
    if base is not None and vary is not None:
        problems += trial_problems(vary, varied, base)
    return varied, problems


def _strange_pools(tree: Node, base: Scenario) -> Iterator[Problem]:
    """Yield the outputs that name a pool's figure of which the scenario has no such pool."""
    outputs, known = tree.child("outputs"), pool_figures(base)
    plain = outputs.plain() if outputs is not None else None
    for index, key in enumerate(plain if isinstance(plain, list) else ()):
        if isinstance(key, str) and names_a_pool(key) and key not in known:
            meant = nearest(key, (*OUTPUTS, *known))
            fix = f"did you mean {meant}?" if meant else "name keys of summary.json, such as max_drawdown"
            yield tree.problem(Finding(("outputs", index), f"the summary has no {key}", fix))


def _together(cls: type[Sweep], tree: Node, varied: Mapping[str, Varied]) -> Iterator[Problem]:
    """Yield what the varied keys, the design and the runs to keep say against each other."""
    plain = tree.plain()
    design, samples = _field(cls, plain, "design"), _field(cls, plain, "samples")
    replicates, keep = _field(cls, plain, "replicates"), _field(cls, plain, "keep")
    findings = [*checks.key_findings(list(varied)), *checks.design_findings(design, varied)]
    if not findings:
        points = checks.number_of_points(design, varied, samples)
        findings += checks.size_findings(points, replicates)
    if not findings:
        findings += checks.repetition_findings(design, varied)
    findings += checks.keep_findings(keep, design, varied, replicates)
    yield from (tree.problem(finding) for finding in findings)


def _field(cls: type[Sweep], plain: Any, key: str) -> Any:
    """Read one key by itself; its default where it is missing or wrong, which is told elsewhere."""
    try:
        return field_reader(cls, key).validate_python(plain[key])
    except (ValidationError, KeyError, TypeError):
        return cls.model_fields[key].get_default(call_default_factory=True, validated_data={})
