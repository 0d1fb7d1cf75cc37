"""Draw the pictures of docs/gallery.md, each with the lines that the page shows.

Run ``python docs/make/gallery.py`` after a picture, the engine or a scenario has changed (about a minute), or name the
pictures to draw: ``python docs/make/gallery.py heatmap rounds``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from pictures import write_picture

PAGE = Path(__file__).parent.parent / "gallery.md"
SECTION = re.compile(r"\(images/gallery/(\w+)\.png\).*?^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def snippets() -> dict[str, str]:
    """Return the page's lines of Python by the picture that they draw."""
    return dict(SECTION.findall(PAGE.read_text(encoding="utf-8")))


def draw(name: str) -> Any:
    """Execute a picture's lines; what they call ``picture`` is the figure."""
    names: dict[str, Any] = {}
    exec(compile(snippets()[name], f"{PAGE.name}: {name}", "exec"), names)
    return names["picture"]


if __name__ == "__main__":
    for picture in sys.argv[1:] or snippets():
        write_picture(draw(picture), f"gallery/{picture}")
