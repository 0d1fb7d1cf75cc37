"""Which public format a table of candles has: what its columns are called, where its time stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cascade_sim.errors import DataError
from cascade_sim.history.table import missing_columns

PRICES = ("open", "high", "low", "close")
# Binance's public kline files have no header before 2025 and for spot still.
KLINE = (
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
    "quote_volume",
    "count",
    "taker_buy_volume",
    "taker_buy_quote_volume",
    "ignore",
)
# Where several are there, an epoch comes before a time that may be local.
_TIMES = (
    *("time_utc", "open_time", "unix", "unix_timestamp", "calc_time", "create_time"),
    *("timestamp", "datetime", "date", "time"),
)
_QUOTE = ("quote", "currency", "usd", "usdt", "usdc", "eur", "gbp")


@dataclass(frozen=True)
class Layout:
    """What the columns of a file mean.

    Attributes
    ----------
    names : tuple of str
        The columns as they are called in the file (Binance's names where it has no header).
    time : int
        Place of the column with the time a row begins at.
    has_header : bool
        Whether the first row holds names.
    newest_first : bool
        Whether the format is one that lists the newest row first.
    line : int
        Line of the header, or of the first row; 0 where there are no lines.
    where : str
        The file and that line, for messages.
    """

    names: tuple[str, ...]
    time: int
    has_header: bool
    newest_first: bool
    line: int
    where: str

    @property
    def utc(self) -> bool:
        """Whether times without a zone are UTC: their column says so, or Binance's metrics files are known to be."""
        plain = [_plain(name) for name in self.names]
        return "utc" in plain[self.time] or {"create_time", "sum_open_interest"} <= set(plain)

    def place(self, column: str) -> int | None:
        """Return the place of a column: by its very name, else without regard to case and punctuation."""
        if column in self.names:
            return self.names.index(column)
        plain = [_plain(name) for name in self.names]
        if _plain(column) in plain:
            return plain.index(_plain(column))
        return self._volume() if column == "volume" else None

    def _volume(self) -> int | None:
        """Return the first volume that is not one in quote currency (``Volume BTC``, ``Volume_(BTC)``)."""
        for place, name in enumerate(map(_plain, self.names)):
            words = name.split("_")
            if words[0] == "volume" and not any(word in _QUOTE for word in words):
                return place
        return None


def layout_of(source: str, line: int, first: Sequence[str]) -> Layout:
    """Tell the format from the first row.

    Parameters
    ----------
    source : str
        The file, for messages.
    line : int
        The row's line; 0 where there are no lines.
    first : sequence of str
        Its cells.

    Raises
    ------
    DataError
        If no format fits: no header and not Binance's twelve columns, no column of times, a name twice.
    """
    names = [name.strip() for name in first]
    where = f"{source}:{line}" if line else source
    if all(_is_number(name) for name in names):
        if len(names) != len(KLINE):
            raise DataError(
                f"{where}: has no header, and {len(names)} columns where Binance's klines have {len(KLINE)}; "
                "add a line such as time_utc,open,high,low,close,volume"
            )
        return Layout(KLINE, 0, has_header=False, newest_first=False, line=line, where=where)
    plain = [_plain(name) for name in names]
    by_rank = [plain.index(name) for name in _TIMES if name in plain]
    by_rank += [place for place, name in enumerate(plain) if name.endswith("_utc")]
    if not by_rank:
        raise DataError(missing_columns(f"{where}:", ["time_utc"], names))
    newest_first = "symbol" in plain and plain[by_rank[0]].startswith("unix")
    return Layout(tuple(names), by_rank[0], has_header=True, newest_first=newest_first, line=line, where=where)


def _plain(name: str) -> str:
    words = "".join(letter if letter.isalnum() else " " for letter in name.lower()).split()
    return "_".join(words)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
