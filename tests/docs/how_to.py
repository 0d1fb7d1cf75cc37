"""Pages that can be followed step by step: their files are written, their commands run, their Python executed."""

from __future__ import annotations

import doctest
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cascade_sim.cli import main

SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
FENCED = re.compile(r"^```(yaml|csv|console|python)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
COMMAND = "$ cascade-sim "


def steps(text: str) -> Iterator[tuple[str, str]]:
    """Yield the page's blocks in order, each with its language."""
    for found in FENCED.finditer(text):
        yield found[1], found[2]


def write_file(block: str, folder: Path) -> None:
    """Write a block that begins with the name of a file, as ``# NAME``; others are excerpts."""
    first = block.partition("\n")[0]
    if re.fullmatch(r"# [\w.]+", first):
        (folder / first[2:]).write_text(block, encoding="utf-8")


def commands(block: str) -> Iterator[tuple[list[str], str]]:
    """Split a block into pairs of a command's arguments and what it prints."""
    for part in block.split(COMMAND)[1:]:
        line, _, printed = part.partition("\n")
        yield shlex.split(line), printed


def run_command(arguments: list[str], capsys: Any) -> str:
    """Run one command, without pictures and progress, and return what it prints."""
    extra = ["--quiet", "--no-plots"] if arguments[0] in ("run", "sweep") else ["--quiet"] * (arguments[0] == "cliff")
    capsys.readouterr()
    main([*arguments, *extra])
    captured = capsys.readouterr()
    return captured.out + captured.err


def check_command(arguments: list[str], expected: str, capsys: Any) -> None:
    printed = run_command(arguments, capsys)
    assert doctest.OutputChecker().check_output(expected, printed, SAME), f"{shlex.join(arguments)} printed:\n{printed}"


def check_python(block: str, names: dict[str, Any], page: str) -> None:
    """Execute a block; where it shows a session, what it prints has to be what it shows."""
    if ">>> " not in block:
        exec(compile(block, page, "exec"), names)
        return
    told: list[str] = []
    session = doctest.DocTestParser().get_doctest(block, names, page, page, 0)
    results = doctest.DocTestRunner(optionflags=SAME).run(session, out=told.append, clear_globs=False)
    names.update(session.globs)
    assert results.failed == 0, "".join(told)


def follow(page: Path, folder: Path, capsys: Any) -> dict[str, int]:
    """Do what a page says, in its order, in the current folder; return how many steps of each kind there were."""
    names: dict[str, Any] = {"__name__": "page"}
    done = {"yaml": 0, "csv": 0, "console": 0, "python": 0}
    for language, block in steps(page.read_text(encoding="utf-8")):
        done[language] += 1
        if language in ("yaml", "csv"):
            write_file(block, folder)
        elif language == "console":
            assert block.startswith(COMMAND)
            for arguments, expected in commands(block):
                check_command(arguments, expected, capsys)
        else:
            check_python(block, names, page.name)
    return done
