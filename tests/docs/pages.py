"""The documentation's folder, its pages, and the scripts that write them."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs"
PAGES = sorted(
    [
        *FOLDER.glob("*.md"),
        *FOLDER.glob("howto/*.md"),
        ROOT / "CHANGELOG.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "README.md",
    ]
)


def script(name: str) -> ModuleType:
    """Import a script of ``docs/make``."""
    place = str(FOLDER / "make")
    if place not in sys.path:
        sys.path.insert(0, place)
    return importlib.import_module(name)


def text_of(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """Return the contents of the fenced blocks that are marked with a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
