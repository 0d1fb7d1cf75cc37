"""What happened in the real event, and when: markers in the pictures, without effect on the run."""

from pydantic import Field

from cascade_sim.scenario.fields import Moment
from cascade_sim.scenario.part import Part


class Event(Part):
    """Something that happened, marked in the pictures of a run and without effect on it."""

    at: Moment = Field(
        description="When: time from the start, or an ISO time (UTC). One that lies outside the run is not drawn."
    )
    what: str = Field(min_length=1, description="What happened, in a few words.")
    source: str = Field(default="", description="Where it was published: a title, or an address.")
