"""What files of rules hold: a venue's, to lie below the exchange, or a lending protocol's, to lie below a pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from cascade_sim.scenario import anatomy, library
from cascade_sim.scenario.exchange import Exchange
from cascade_sim.scenario.lending import Clip, FixedSpread, Flip, Pool, ProtocolRules
from cascade_sim.scenario.nodes import Node
from cascade_sim.scenario.part import Part

SECTIONS = (
    *("seed", "clock", "market", "exchange", "crowd", "flow", "lending", "keepers", "chain"),
    *("record", "compare", "events", "reported", "calibrate"),
)
"""Keys of a scenario, none of which a preset has."""


class About(Part):
    """What a preset says of itself."""

    name: str = Field(default="", description="What the venue or protocol is called.")
    description: str = Field(default="", description="Which of its markets, and when.")
    sources: list[str] = Field(default_factory=list, description="Where the rules were published.")


class Preset(Exchange, About):
    """A venue's rules in a file of their own: the keys of ``exchange``, and where they come from."""


class FixedSpreadProtocol(FixedSpread, About):
    """A protocol whose bad loans anybody may repay for a bonus."""


class FlipProtocol(Flip, About):
    """A protocol that auctions by rising bids, then falling lots."""


class ClipProtocol(Clip, About):
    """A protocol that auctions at a falling price."""


Protocol = Annotated[FixedSpreadProtocol | FlipProtocol | ClipProtocol, Field(discriminator="kind")]


@dataclass(frozen=True)
class PresetKind:
    """One kind of file of rules.

    Attributes
    ----------
    folder : str
        Where the bundled ones are.
    holds : type
        What such a file holds, name and sources included.
    below : type
        What it lies below.
    section : str
        The section of a scenario in which that stands.
    part : str
        What it lies below, in words.
    title, known : str
        What such a file is, and what the bundled ones are called together.
    """

    folder: str
    holds: Any
    below: Any
    section: str
    part: str
    title: str
    known: str

    def validate(self, plain: Any) -> Any:
        """Validate what a file holds; raises pydantic's ``ValidationError``."""
        return TypeAdapter(self.holds).validate_python(plain)

    def keys(self) -> set[str]:
        """Return the keys by which such a file is known."""
        parts = anatomy.alternatives(self.holds)
        return {key for part in parts for key in anatomy.keys(part)} - {part.base_key for part in parts} - set(ABOUT)


ABOUT = tuple(About.model_fields)
BASE_KEY = ProtocolRules.base_key
VENUE = PresetKind(library.VENUES, Preset, Exchange, "exchange", "exchange", "a venue preset", "presets")
PROTOCOL = PresetKind(library.PROTOCOLS, Protocol, Pool, "lending", "a pool", "a lending protocol", "protocols")
KINDS = (VENUE, PROTOCOL)


def kind_of_preset(tree: Node) -> PresetKind | None:
    """Return which kind of preset a file's mapping is; None where it holds something of a scenario, or no rules."""
    if set(tree.value) & set(SECTIONS):
        return None
    return next((kind for kind in KINDS if kind.keys() & set(tree.value)), None)
