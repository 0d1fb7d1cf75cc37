"""Everything that is wrong with a scenario, not only what is met first.

A model whose fields do not validate never reaches its own checks. So what is wrong is taken out, and the
rest is validated again, until nothing new turns up; complaints that only follow from the taking out are left
away.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cascade_sim.scenario import anatomy
from cascade_sim.scenario.chain import Chain
from cascade_sim.scenario.checks import Sections, cross_check, name_check
from cascade_sim.scenario.clock import Clock
from cascade_sim.scenario.crowd import Cohort
from cascade_sim.scenario.exchange import Exchange
from cascade_sim.scenario.findings import Finding, Path
from cascade_sim.scenario.flow import Flow
from cascade_sim.scenario.keepers import Keepers
from cascade_sim.scenario.lending import Pool
from cascade_sim.scenario.lending_checks import OnChain
from cascade_sim.scenario.market import Market
from cascade_sim.scenario.messages import findings_of
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.record import Record

ROUNDS = 20


def diagnose(data: Any, validate: Callable[[Any], Any], root: Any, unread: Collection[Path] = ()) -> list[Finding]:
    """Return what is wrong with the data of a scenario.

    Parameters
    ----------
    data : object
        What was given; it is not changed.
    validate : callable
        Validates data, and raises pydantic's ``ValidationError``.
    root : type
        The model that is validated against.
    unread : collection of paths
        What was left out of the data because it could not be read; told elsewhere.

    Returns
    -------
    list of Finding
        Without repetitions; empty if nothing is wrong.
    """
    rest = copy.deepcopy(data)
    found: dict[tuple[Path, str], Finding] = {}
    taken: set[Path] = set(unread)
    for _ in range(ROUNDS):
        try:
            validate(rest)
            break
        except ValidationError as error:
            seen = [finding for item in error.errors() for finding in findings_of(item, rest, root)]
        told = {(path[:-1], message) for path, message in found}
        new = [finding for finding in seen if not _follows(finding, seen, taken)]
        new = [finding for finding in new if (finding.path[:-1], finding.message) not in told]
        found.update({(finding.path, finding.message): finding for finding in new})
        removed = [_take_out(finding.path, rest, root, taken) for finding in seen]
        if not any(removed):
            break
    names = name_check(data) if isinstance(data, Mapping) else ()
    for finding in (*cross_check(_readable(rest)), *names):
        if not _follows(finding, [], taken):
            found.setdefault((finding.path, finding.message), finding)
    return list(found.values())


def _follows(finding: Finding, seen: list[Finding], taken: set[Path]) -> bool:
    """Whether a complaint about something missing follows from another one, which may be its misspelling."""
    base = finding.rests_on
    if base is not None and any(path[: len(base)] == base[: len(path)] for path in taken):
        return True
    if not finding.incomplete:
        return False
    part = finding.path[:-1]
    if any(path[: len(part)] == part or path == finding.path[: len(path)] for path in taken):
        return True
    name = f"did you mean {finding.path[-1]}?" if finding.path else ""
    return any(other.path[:-1] == part and other.fix == name for other in seen)


def _take_out(path: Path, rest: Any, root: Any, taken: set[Path]) -> bool:
    """Remove what stands at a path, or the nearest part's key around it; say whether anything went."""
    while path:
        parent = rest
        for key in path[:-1]:
            parent = parent[key] if _has(parent, key) else None
        if isinstance(parent, dict) and path[-1] in parent and not _is_whole(path[:-1], rest, root):
            del parent[path[-1]]
            taken.add(path)
            return True
        path = path[:-1]
    return False


def _is_whole(path: Path, rest: Any, root: Any) -> bool:
    """Whether a mapping's values only mean something together, as shares do."""
    annotation = anatomy.annotation_at(root, path, rest)
    return anatomy.element(annotation) is not None and not anatomy.is_collection(annotation)


def _has(node: Any, key: Any) -> bool:
    if isinstance(node, Mapping):
        return key in node
    return isinstance(node, list | tuple) and isinstance(key, int) and key < len(node)


def _readable(rest: Any) -> Sections:
    """Validate each section by itself and keep those that can be read."""
    data = rest if isinstance(rest, Mapping) else {}

    def read(part: Any, value: Any) -> Iterator[Any]:
        try:
            yield TypeAdapter(part).validate_python({} if value is None else value)
        except ValidationError:
            return

    def section(part: type[Part], name: str) -> Any:
        return next(read(part, data.get(name)), None)

    def by_name(part: type[Part], name: str) -> dict[str, Any]:
        entries = data.get(name)
        named = entries.items() if isinstance(entries, Mapping) else ()
        return {str(key): entry for key, value in named for entry in read(part, value)}

    pools = data.get("lending")
    placed = enumerate(pools) if isinstance(pools, list) else ()
    return Sections(
        clock=section(Clock, "clock"),
        market=section(Market, "market"),
        exchange=section(Exchange, "exchange"),
        crowd=by_name(Cohort, "crowd"),
        flow=section(Flow, "flow"),
        record=section(Record, "record"),
        on_chain=OnChain(
            lending={place: pool for place, value in placed for pool in read(Pool, value)},
            keepers=by_name(Keepers, "keepers"),
            chain=section(Chain, "chain"),
            without_lending="lending" not in data,
        ),
    )
