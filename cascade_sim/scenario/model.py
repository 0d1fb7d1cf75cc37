"""The scenario: what a user writes, validated as a whole."""

from __future__ import annotations

import hashlib
import html
import json
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

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
from cascade_sim.scenario.calibrate import Calibrate
from cascade_sim.scenario.chain import Chain
from cascade_sim.scenario.checks import Sections, cross_check, name_check
from cascade_sim.scenario.clock import Clock
from cascade_sim.scenario.comparisons import comparison_problems
from cascade_sim.scenario.crowd import Cohort
from cascade_sim.scenario.diagnosis import diagnose
from cascade_sim.scenario.events import Event
from cascade_sim.scenario.exchange import Exchange
from cascade_sim.scenario.fields import Count, none_as_empty, none_as_no_entries
from cascade_sim.scenario.findings import Finding, Path
from cascade_sim.scenario.flow import Flow
from cascade_sim.scenario.keepers import Keepers
from cascade_sim.scenario.layers import lay
from cascade_sim.scenario.lending import Pool
from cascade_sim.scenario.lending_checks import NEEDS_LENDING, OnChain
from cascade_sim.scenario.market import Market
from cascade_sim.scenario.nodes import PYTHON, Mark, Node, node_from
from cascade_sim.scenario.overrides import override_layer, unknown_names, unmeant_keepers
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.presets import sections_on_presets, with_preset
from cascade_sim.scenario.record import Record
from cascade_sim.scenario.reported import Reported
from cascade_sim.scenario.resolve import differences, resolve
from cascade_sim.scenario.yaml_out import as_yaml

_EmptyAllowed = BeforeValidator(none_as_empty)
_NoneAllowed = BeforeValidator(none_as_no_entries)


class Scenario(Part):
    """One event or textbook case: a market, a venue, a crowd, and who else trades.

    Built by `cascade_sim.load_scenario`, or in Python from the same keys and values as in a file:
    ``Scenario(name=..., clock={"duration": "2h"}, ...)``. Frozen; `with_overrides` makes a changed one.

    Raises
    ------
    ScenarioError
        If anything is wrong; its problems list all that was found.
    """

    name: str = Field(min_length=1, description="What the scenario is called.")
    description: str = Field(default="", description="What it shows.")
    seed: Annotated[Count, Field(ge=0)] = Field(default=0, description="Seed of every random stream, a whole number.")
    clock: Clock = Field(description="When it starts, how long it lasts, how long a tick is.")
    market: Market = Field(description="What is traded, and against whom.")
    exchange: Annotated[Exchange, _EmptyAllowed] = Field(default_factory=Exchange, description="The venue's rules.")
    crowd: Annotated[dict[str, Cohort], _EmptyAllowed] = Field(
        default_factory=dict, description="Who holds leverage: cohorts by name."
    )
    flow: Annotated[Flow, _EmptyAllowed] = Field(default_factory=Flow, description="Who else trades.")
    lending: Annotated[list[Pool], _NoneAllowed] = Field(
        default_factory=list, description="Lending pools on a chain beside the exchange."
    )
    keepers: Annotated[dict[str, Keepers], _EmptyAllowed] = Field(
        default_factory=dict, description="Who liquidates the pools' bad loans: cohorts by name."
    )
    chain: Annotated[Chain, _EmptyAllowed] = Field(
        default_factory=Chain, description="The chain that the pools live on: blocks, gas, congestion."
    )
    record: Annotated[Record, _EmptyAllowed] = Field(default_factory=Record, description="What is kept.")
    compare: Annotated[dict[str, dict[str, Any]], _EmptyAllowed] = Field(
        default_factory=dict,
        description="Counterfactuals by name: dotted keys and the values they have there, run with the same luck.",
    )
    events: Annotated[list[Event], _NoneAllowed] = Field(
        default_factory=list,
        description="What happened in the real event, and when: marked in the pictures, without effect on the run.",
    )
    reported: Annotated[dict[str, Reported], _EmptyAllowed] = Field(
        default_factory=dict,
        description="Figures of the real event by name, printed beside the simulated ones.",
    )
    calibrate: Calibrate | None = Field(
        default=None,
        description="What `cascade-sim calibrate` fits to the real event; without effect on a run. Left out: nothing.",
    )

    _tree: Node | None = PrivateAttr(default=None)
    _places: Node | None = PrivateAttr(default=None)
    _base_dir: pathlib.Path | None = PrivateAttr(default=None)
    _on_presets: dict[str, dict[str, Any]] | None = PrivateAttr(default=None)

    @model_validator(mode="wrap")
    @classmethod
    def _whole(cls, data: Any, handler: ModelWrapValidatorHandler[Scenario], info: ValidationInfo) -> Scenario:
        if isinstance(data, Scenario):
            return data
        context = info.context or {}
        written = context.get("tree") or node_from(data, Mark(PYTHON))
        base_dir = context.get("base_dir")
        tree, in_preset = with_preset(written, base_dir)
        problems = [*context.get("problems", ()), *in_preset]
        plain = tree.plain()
        try:
            scenario = handler(plain)
            scenario._tree, scenario._places, scenario._base_dir = written, tree, base_dir
        except ValidationError:
            unread = [(name,) for name in written.value if name not in tree.value]
            found = diagnose(plain, handler, cls, unread)
            problems += [tree.problem(finding) for finding in found]

        def apply(changes: Mapping[str, Any]) -> Scenario:
            return cls.from_tree(_without_comparisons(written), base_dir, changes=changes)

        problems += list(comparison_problems(written, apply, problems))
        if problems:
            raise ScenarioError(in_order(problems))
        return scenario

    @classmethod
    def from_tree(
        cls,
        tree: Node,
        base_dir: pathlib.Path | None = None,
        problems: Sequence[Problem] = (),
        changes: Mapping[str, Any] | None = None,
    ) -> Scenario:
        """Validate what was read from files; used by the loader.

        Parameters
        ----------
        tree : Node
            What was written, with places.
        base_dir : pathlib.Path, optional
            Folder that relative paths start from.
        problems : sequence of Problem
            What was found wrong already; reported together with what is found here.
        changes : mapping, optional
            Overrides by dotted key.

        Raises
        ------
        ScenarioError
            If anything is wrong.
        """
        laid = lay(tree, override_layer(changes), cls) if changes else tree
        problems = [*problems, *unmeant_keepers(tree, changes or {})]
        try:
            return cls.model_validate({}, context={"tree": laid, "base_dir": base_dir, "problems": problems})
        except ScenarioError as error:
            raise ScenarioError(unknown_names(error.problems, tree, changes or {})) from None

    def check(self) -> Iterator[Finding]:
        """Refuse names that could not be written as keys, and what the sections say against each other."""
        yield from name_check({"crowd": self.crowd, "keepers": self.keepers, "compare": self.compare})
        on_chain = OnChain(
            dict(enumerate(self.lending)), self.keepers, self.chain, "lending" not in self.model_fields_set
        )
        sections = Sections(self.clock, self.market, self.exchange, self.crowd, self.flow, self.record, on_chain)
        yield from cross_check(sections)

    @property
    def base_dir(self) -> pathlib.Path | None:
        """Folder of the scenario's file, which relative paths start from; None if it was built in Python."""
        return self._base_dir

    @property
    def hash(self) -> str:
        """SHA-256 of the resolved scenario, equal for files that differ in writing only."""
        return hashlib.sha256(self._canonical().encode("utf-8")).hexdigest()

    def with_overrides(self, changes: Mapping[str, Any]) -> Scenario:
        """Return the scenario with some keys changed, validated again.

        Parameters
        ----------
        changes : mapping
            Dotted keys and their new values, written as in a file: ``{"crowd.longs.leverage.mean": 20,
            "exchange.insurance_fund": "5M"}``. A mapping as a value is merged; changing a ``kind`` drops "
            "the keys that
            belong to the old kind; ``crowd.NAME: None`` removes a cohort.

        Raises
        ------
        ScenarioError
            If a key does not exist or the result is not valid; problems name the override.
        """
        if not changes:
            return self
        return Scenario.from_tree(self.written, self._base_dir, changes=changes)

    def bare(self) -> Scenario:
        """Return the scenario without what no run depends on: its comparisons, events, reported and fitted figures."""
        bare = self.written.without("compare", "events", "reported", "calibrate")
        return Scenario.from_tree(bare, self._base_dir)

    def counterfactual(self, name: str) -> Scenario:
        """Return the scenario of an entry of ``compare``: its keys changed, without comparisons of its own.

        Raises
        ------
        KeyError
            If there is no such entry.
        """
        bare = _without_comparisons(self.written)
        return Scenario.from_tree(bare, self._base_dir, changes=self.compare[name])

    def resolved(self) -> dict[str, Any]:
        """Return everything, defaults included, as plain values that can be written to YAML and JSON.

        A comparison under another preset is written out as what that changes: laid over the resolved rules, the
        preset would be hidden by them. Lending, keepers and chain are left out where none of them says anything.
        """
        plain = resolve(self)
        if self._on_presets is None:
            named = {name: sections_on_presets(changes) for name, changes in self.compare.items()}
            self._on_presets = {name: self._written_out(name, found) for name, found in named.items() if found}
        for name, changed in self._on_presets.items():
            entry = plain["compare"][name]
            plain["compare"][name] = {k: v for k, v in entry.items() if k.split(".")[0] not in changed} | changed
        if not self.lending and not self.keepers and self.chain == Chain():
            plain = {key: value for key, value in plain.items() if key not in ("lending", *NEEDS_LENDING)}
        return plain

    def _written_out(self, name: str, sections: set[str]) -> dict[str, Any]:
        """Return the sections of a comparison whose presets it changes: the exchange's changes, all of the pools."""
        other = self.counterfactual(name)
        exchange = {"exchange": differences(self.exchange, other.exchange)} if "exchange" in sections else {}
        return exchange | ({"lending": resolve(other.lending)} if "lending" in sections else {})

    def to_yaml(self) -> str:
        """Return the resolved scenario as YAML; loading it gives the same hash."""
        return as_yaml(self.resolved())

    def problem(self, key: str, message: str, fix: str = "") -> Problem:
        """Say what is wrong with a key, with its place in the file where there is one.

        Parameters
        ----------
        key : str
            Dotted key, such as ``crowd.whales.positions``.
        message, fix : str
            What is wrong, and what to change.
        """
        path: Path = tuple(int(step) if step.isdigit() else step for step in key.split(".")) if key else ()
        return (self._places or self.written).problem(Finding(path, message, fix))

    @property
    def written(self) -> Node:
        """What was written, with places."""
        return self._tree or node_from(self.resolved(), Mark(PYTHON))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and self._canonical() == other._canonical()

    def __hash__(self) -> int:
        return hash(self._canonical())

    def _repr_html_(self) -> str:
        text = html.escape(self.to_yaml())
        return f"<details><summary>Scenario: {html.escape(self.name)}</summary><pre>{text}</pre></details>"

    def _canonical(self) -> str:
        return json.dumps(self.resolved(), ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def _without_comparisons(tree: Node) -> Node:
    return tree.without("compare")
