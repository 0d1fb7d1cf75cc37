"""The base of every part of a scenario."""

from collections.abc import Iterator
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator

from cascade_sim.scenario.findings import Finding, WrongError


class Part(BaseModel):
    """A frozen mapping that refuses unknown keys.

    A part states three things beside its fields, all used when one layer of a scenario (a file, an override)
    is laid over another, and by the checks:

    ``rivals``
        Pairs of sets of keys that exclude each other; writing one of them drops the inherited other.
    ``switch``
        The key whose change drops inherited keys that mean nothing under its new value, or an empty string.
    ``switched``
        For a part that is one class for all values of its switch: the keys that belong to each value alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    rivals: ClassVar[tuple[tuple[frozenset[str], frozenset[str]], ...]] = ()
    switch: ClassVar[str] = ""
    switched: ClassVar[dict[str, frozenset[str]]] = {}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        findings = [*self._rivalry(), *self.check()]
        if findings:
            raise WrongError(*findings)
        return self

    def check(self) -> Iterator[Finding]:
        """Yield what is wrong between the keys of this part; each kind of part says its own."""
        return iter(())

    def _rivalry(self) -> Iterator[Finding]:
        written = self.written_keys()
        for one, other in self.rivals:
            if written & one and written & other:
                first, second = sorted(written & one)[0], sorted(written & other)[0]
                yield Finding((second,), f"excludes {first}", f"give either {first} or {second}")

    def written_keys(self) -> set[str]:
        """Return the keys that were given a value."""
        return {self.written_as(name) for name in self.model_fields_set if getattr(self, name) is not None}

    @classmethod
    def written_as(cls, name: str) -> str:
        """Return a field's name as it is written in a file (``from`` for ``from_``)."""
        return cls.model_fields[name].alias or name
