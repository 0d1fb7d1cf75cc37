"""The price that a lending pool believes, and when it learns a new one (model.md section 8)."""

import math
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from cascade_sim.scenario.fields import Duration, FiniteDuration, FractionOrNever, PositiveAmountOrNever
from cascade_sim.scenario.findings import Finding
from cascade_sim.scenario.part import Part


class Oracle(Part):
    """What a pool's price follows; looked at once a block, and sent when it has moved far or grown old."""

    source: Literal["mark", "mid", "index"] = Field(default="mid", description="The price that it follows.")
    deviation: FractionOrNever = Field(
        default=0.0,
        description="A price is sent when the source is this far from the last one sent, a fraction; 0: in every "
        "block; never: the heartbeat alone.",
    )
    heartbeat: Duration = Field(
        default=math.inf,
        description="A price is sent when the last one is this old, in seconds or with a unit; never: the deviation "
        "alone.",
    )
    delay: FiniteDuration = Field(
        default=0.0, description="Time until the pool uses a price that was sent, in seconds or with a unit."
    )
    gas_limit: PositiveAmountOrNever = Field(
        default=math.inf,
        description="Highest gas price, in gwei, at which a price is sent; never: no limit. Above it the pool keeps "
        "the last one.",
    )

    def check(self) -> Iterator[Finding]:
        """Refuse an oracle that sends no price."""
        if math.isinf(self.deviation) and math.isinf(self.heartbeat):
            fix = "give a deviation such as 0.5%, or a heartbeat such as 1h"
            message = "with neither deviation nor heartbeat no price is sent"
            yield Finding(("deviation",), message, fix, rests_on=("heartbeat",))
