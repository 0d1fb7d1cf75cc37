"""Write the tables of docs/api.md from the package's public names, and the site's pages of docstrings.

Run ``python docs/make/api.py`` after a public name has come or gone, or its first sentence has changed. On a code host
the names lead to their source files; on the site, to the page with the docstrings (written when it is built, not kept).
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from tables import markdown, write_tables

import cascade_sim as cs
from cascade_sim import mesa_bridge
from cascade_sim.mesa_bridge import strategies

DOCS = Path(__file__).resolve().parent.parent
PAGE = DOCS / "api.md"
PAGES = DOCS / "generated"
ROOT = DOCS.parent
TITLES = {"pictures": "cs.plots", "history": "cs.history", "errors": "Errors"}
# Rooms whose functions are listed one by one.
ROOMS = {"pictures": "plots", "history": "history"}
# Methods that pydantic and the loader need, and no user.
INTERNAL = "model_config, model_post_init, from_tree, check"


def public_of(module: ModuleType) -> list[str]:
    """Return the functions and classes that a module makes public, in the order of its text if it does not say one."""
    names = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    ]
    return [name for name in names if callable(getattr(module, name))]


def _kind_of(value: Any) -> str:
    if isinstance(value, ModuleType):
        return "mechanics" if ".mechanics." in value.__name__ else "runs"
    return "errors" if inspect.isclass(value) and issubclass(value, Exception) else "runs"


def entries(kind: str) -> Iterator[tuple[str, Any]]:
    """Yield the public names of one group, as a user writes them, with what they are."""
    if kind == "mesa":
        for room in (mesa_bridge, strategies):
            short = room.__name__.removeprefix("cascade_sim.")
            yield from ((f"{short}.{name}", getattr(room, name)) for name in room.__all__ if name != "StrategyError")
        return
    for name in cs.__all__:
        value = getattr(cs, name)
        if ROOMS.get(kind) == name:
            yield from ((f"cs.{name}.{inside}", getattr(value, inside)) for inside in value.__all__)
        elif name not in ROOMS.values() and kind == _kind_of(value):
            yield f"cs.{name}", value


def source_of(value: Any) -> Path:
    """Return the file that a public value is written in."""
    return Path(inspect.getfile(inspect.unwrap(value) if callable(value) else value)).resolve()


def table(kind: str) -> str:
    """Return one group as a table: name, first sentence, and for rooms the functions in them."""
    rows = []
    for name, value in entries(kind):
        link = f"[`{name}`]({Path('..') / source_of(value).relative_to(ROOT)})"
        sentence = (inspect.getdoc(value) or "").partition("\n\n")[0].replace("\n", " ").replace("|", "\\|")
        inside = [f"`{each}`" for each in public_of(value)] if isinstance(value, ModuleType) else []
        rows.append([link, sentence, *([", ".join(inside)] if kind == "mechanics" else [])])
    lines = markdown(["name", "what it is", *(["in it"] if kind == "mechanics" else [])], rows)
    return lines.replace("--:", "---")


def page_of(file: Path) -> Path | None:
    """Return the site's page of docstrings for a source file, or None where it holds nothing public."""
    for kind in TABLES:
        for _, value in entries(kind):
            if source_of(value) == file:
                return PAGES / f"{_module(kind, value)}.md"
    return None


def _module(kind: str, value: Any) -> str:
    """Return the module whose page a value is on; the functions of some rooms share one."""
    if kind in ROOMS:
        return f"cascade_sim.{ROOMS[kind]}"
    return value.__name__ if isinstance(value, ModuleType) else str(value.__module__)


def rooms_inside(module: str) -> list[str]:
    """Return the public modules within a room, such as `cs.branching.hawkes`."""
    room = sys.modules[module]
    values = (getattr(room, name) for name in getattr(room, "__all__", ()))
    return [value.__name__ for value in values if isinstance(value, ModuleType)]


def _directive(module: str, members: str) -> list[str]:
    """Return the lines that show a module's docstrings."""
    options = [f"   :members: {members}".rstrip(), f"   :exclude-members: {INTERNAL}"]
    return ["```{eval-rst}", f".. automodule:: {module}", *options, "```"]


def write_pages() -> None:
    """Write the site's pages: all of a room, and of other modules their public names only."""
    pages: dict[str, str] = {}
    for kind in TABLES:
        found: dict[str, list[str]] = {}
        for name, value in entries(kind):
            found.setdefault(_module(kind, value), []).append(name)
        for module, names in found.items():
            title = TITLES.get(kind, ", ".join(names))
            room = kind == "mechanics" or names == ["cs.branching"]
            members = "" if room else ", ".join(name.rpartition(".")[2] for name in names)
            lines = [f"# {title}", "", *_directive(module, members)]
            for inner in rooms_inside(module) if room else []:
                lines += ["", f"## {title}.{inner.rpartition('.')[2]}", "", *_directive(inner, "")]
            pages[module] = "\n".join([*lines, ""])
    PAGES.mkdir(exist_ok=True)
    for old in PAGES.glob("*.md"):
        if old.stem not in pages:
            old.unlink()
    for module, text in pages.items():
        place = PAGES / f"{module}.md"
        if not place.is_file() or place.read_text(encoding="utf-8") != text:
            place.write_text(text, encoding="utf-8")


TABLES: Mapping[str, Callable[[], str]] = {
    kind: partial(table, kind) for kind in ("runs", "pictures", "history", "mechanics", "mesa", "errors")
}

if __name__ == "__main__":
    write_tables(PAGE, TABLES, sys.argv[1:])
