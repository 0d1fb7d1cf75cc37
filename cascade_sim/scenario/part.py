"""The base of every part of a scenario."""

from collections.abc import Iterator
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator

from cascade_sim.scenario.findings import Finding, WrongError
from cascade_sim.scenario.suggest import listed


class Part(BaseModel):
    """A frozen mapping that refuses unknown keys.

    A part states a few things beside its fields, all used when one layer of a scenario (a file, an override)
    is laid over another, and by the checks:

    ``rivals``
        Pairs of sets of keys that exclude each other; writing one of them drops the inherited other.
    ``switch``
        The key whose change drops inherited keys that mean nothing under its new value, or an empty string.
    ``switched``
        For a part that is one class for all values of its switch: the keys that belong to some values only, for
        each value those that belong to it.
    ``harmless``
        Keys of ``switched`` that may be written anywhere with their default value.
    ``needs``
        Keys that mean nothing without another one, each with the other.
    ``base_key``
        The key that names a file to lie below this part, or an empty string.
    ``kept``
        Keys that such a file does not hold: they stay where they are when one is named.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    rivals: ClassVar[tuple[tuple[frozenset[str], frozenset[str]], ...]] = ()
    switch: ClassVar[str] = ""
    switched: ClassVar[dict[str, frozenset[str]]] = {}
    harmless: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[dict[str, str]] = {}
    base_key: ClassVar[str] = ""
    kept: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        findings = [*self._rivalry(), *self._foreign(), *self._unaided(), *self.check()]
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

    def _foreign(self) -> Iterator[Finding]:
        written = self.written_keys()
        for key in self.foreign_keys():
            name = type(self).name_of(key)
            default = type(self).model_fields[name].get_default(call_default_factory=True)
            if key not in written or (key in self.harmless and getattr(self, name) == default):
                continue
            owners = listed(choice for choice, own in self.switched.items() if key in own)
            message = f"means nothing where {self.switch} is {getattr(self, self.switch)}"
            yield Finding((key,), message, f"leave it out, or set {self.switch}: {owners}")

    def _unaided(self) -> Iterator[Finding]:
        written = self.written_keys()
        for key, needed in self.needs.items():
            if key in written and needed not in written:
                yield Finding((key,), f"means nothing without {needed}", f"add {needed}, or leave it out")

    def foreign_keys(self) -> list[str]:
        """Return the keys that belong to other values of the switch than the one that was chosen."""
        if not self.switched:
            return []
        own = self.switched[getattr(self, self.switch)]
        return sorted(frozenset().union(*self.switched.values()) - own)

    def written_keys(self) -> set[str]:
        """Return the keys that were given a value."""
        return {self.written_as(name) for name in self.model_fields_set if getattr(self, name) is not None}

    @classmethod
    def written_as(cls, name: str) -> str:
        """Return a field's name as it is written in a file (``from`` for ``from_``)."""
        return cls.model_fields[name].alias or name

    @classmethod
    def name_of(cls, key: str) -> str:
        """Return the name of the field that is written so."""
        return next(name for name in cls.model_fields if cls.written_as(name) == key)
