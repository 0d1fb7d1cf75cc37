"""The word that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: object, words: Iterable[str]) -> str | None:
    """Return the most similar of the words, or None if none is similar.

    Parameters
    ----------
    word : object
        What was written.
    words : iterable of str
        What could have been meant.
    """
    written, known = str(word), list(words)
    by_plain_form = {_plain(candidate): candidate for candidate in known}
    if _plain(written) in by_plain_form:
        return by_plain_form[_plain(written)]
    found = difflib.get_close_matches(_plain(written), by_plain_form, n=1, cutoff=0.6)
    return by_plain_form[found[0]] if found else None


def listed(words: Iterable[str]) -> str:
    """Write words as people do: ``a, b or c``."""
    known = list(words)
    return known[0] if len(known) == 1 else ", ".join(known[:-1]) + " or " + known[-1] if known else ""


def _plain(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")
