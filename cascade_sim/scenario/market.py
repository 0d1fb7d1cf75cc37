"""The market: contract, start price, book, mark and index."""

from typing import Literal

from pydantic import Field

from cascade_sim.scenario.book import Book
from cascade_sim.scenario.fields import Price
from cascade_sim.scenario.index import Index
from cascade_sim.scenario.mark import LastMark, Mark
from cascade_sim.scenario.part import Part


class Market(Part):
    """What is traded, and against whom."""

    contract: Literal["linear", "inverse"] = Field(
        default="linear",
        description="linear: margin and profit in quote currency; inverse: contracts of one quote unit, "
        "margined in base.",
    )
    quote: str | None = Field(
        default=None, min_length=1, max_length=12, description="Name of the quote currency, for pictures; e.g. USD."
    )
    base: str | None = Field(
        default=None, min_length=1, max_length=12, description="Name of the base currency, for pictures; e.g. BTC."
    )
    price: Price = Field(description="Price at the start, in quote currency per base unit.")
    book: Book = Field(description="The order book.")
    mark: Mark = Field(default_factory=LastMark, description="The mark price that liquidation looks at.")
    index: Index = Field(default_factory=Index, description="The reference price of the outside world.")
