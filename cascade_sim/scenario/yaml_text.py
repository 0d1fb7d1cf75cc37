"""YAML text into nodes: every key with its line and column, nothing that could surprise or explode.

Read from ruamel's events without building its objects: anchors, aliases and tags are refused, depth and
length are bounded, duplicate keys are found. Plain words become null, true, false or numbers; all else stays
text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.scenario.findings import Path
from cascade_sim.scenario.nodes import Mark, Node, dotted

DEEPEST = 32
MOST_VALUES = 100_000

_WORDS: dict[str, Any] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?\d+(_\d+)*\Z")
_FLOAT = re.compile(r"[-+]?(\d+(_\d+)*\.?(\d+(_\d+)*)?|\.\d+(_\d+)*)([eE][-+]?\d+)?\Z")
_PLAINER = (
    (
        "mapping values are not allowed",
        "a colon is not expected here",
        "check the indentation, or put the text in quotes",
    ),
    (r"'\\t' that cannot start any token", "a tab stands where spaces are wanted", "indent with spaces"),
    (
        "cannot start any token|expected the node content",
        "a character stands here that cannot begin a value",
        "put the text in quotes",
    ),
    ("could not find expected ':'", "a key without a colon", "write key: value"),
    ("expected <block end>", "the indentation does not fit", "line this up with the keys above"),
    ("expected '?<document start>", "the text goes on after its end", "check the indentation"),
    ("expected ',' or", "a bracket is not closed, or a comma is missing", "check the brackets"),
    ("while scanning a quoted scalar|unexpected end of stream", "a quote is not closed", "close it"),
    ("scanning an anchor|scanning an alias", "& and * cannot begin a value", "put the text in quotes"),
    ("scanning a block scalar", "| and > begin a block of text", "put the text in quotes"),
    ("entries are not allowed", "an item of a list is not expected here", "check the indentation"),
)


class _Frame:
    """A list or mapping that is being read."""

    def __init__(self, value: dict[Any, Node] | list[Node], mark: Mark, path: Path) -> None:
        self.value, self.mark, self.path = value, mark, path
        self.key: Any = None
        self.key_mark: Mark | None = None
        self.skipping = False


def read_yaml(text: str, file: str) -> tuple[Node, list[Problem]]:
    """Read one YAML document.

    Parameters
    ----------
    text : str
        The text.
    file : str
        Its name, for messages.

    Returns
    -------
    Node
        The document; its value is None if the text is empty.
    list of Problem
        Duplicate keys; the first one counts.

    Raises
    ------
    ScenarioError
        If it is not YAML, or uses more of YAML than a scenario needs.
    """
    try:
        return _Reader(file).read(YAML(typ="safe", pure=True).parse(text))
    except MarkedYAMLError as error:
        raise ScenarioError([_syntax_problem(error, file)]) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
        message = "holds a character that text cannot hold"
        problem = Mark(file, line, column).problem("", message, "save it as plain UTF-8 text")
        raise ScenarioError([problem]) from None
    except (YAMLError, RecursionError) as error:
        raise ScenarioError([Mark(file).problem("", f"is not YAML: {error}")]) from None


class _Reader:
    """Builds nodes from events with a stack of its own, so that depth is a limit and not a crash."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.stack: list[_Frame] = []
        self.problems: list[Problem] = []
        self.root: Node | None = None
        self.values = 0

    def read(self, stream: Iterator[Any]) -> tuple[Node, list[Problem]]:
        for event in stream:
            if isinstance(event, events.NodeEvent):
                self._refuse_fancy(event)
            if isinstance(event, events.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, events.MappingStartEvent | events.SequenceStartEvent):
                self._open(event)
            elif isinstance(event, events.MappingEndEvent | events.SequenceEndEvent):
                frame = self.stack.pop()
                self._add(Node(frame.value, frame.mark))
            elif isinstance(event, events.DocumentStartEvent) and self.root is not None:
                self._refuse(event, "a second document begins here", "keep one scenario to a file")
        return self.root or Node(None, Mark(self.file, 1, 1)), self.problems

    def _refuse_fancy(self, event: Any) -> None:
        if isinstance(event, events.AliasEvent) or event.anchor is not None:
            fix = "write the value out, or use extends: to share values between files"
            self._refuse(event, "anchors and aliases (& and *) are not read", fix)
        explicit = getattr(event, "tag", None)
        if explicit is not None and str(explicit) != "!":
            self._refuse(event, f"tags such as {explicit} are not read", "leave the tag out")
        self.values += 1
        if self.values > MOST_VALUES:
            self._refuse(event, f"holds more than {MOST_VALUES:,} values", "put long series into a CSV file")

    def _refuse(self, event: Any, message: str, fix: str) -> None:
        mark = self._mark(event)
        raise ScenarioError([mark.problem("", message, fix)])

    def _mark(self, event: Any) -> Mark:
        return Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _place(self, event: Any) -> tuple[Mark, Path]:
        """Return where the value that begins here belongs: the place of its key, and its path."""
        if not self.stack:
            return Mark(self.file, 1, 1), ()
        frame = self.stack[-1]
        if isinstance(frame.value, list):
            return self._mark(event), (*frame.path, len(frame.value))
        return frame.key_mark or self._mark(event), (*frame.path, frame.key)

    def _open(self, event: Any) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame and isinstance(frame.value, dict) and frame.key_mark is None:
            self._refuse(event, "a key must be a word or a number", "put text with brackets in quotes")
        if len(self.stack) >= DEEPEST:
            self._refuse(event, f"is nested deeper than {DEEPEST} levels", "a scenario needs fewer than ten")
        mark, path = self._place(event)
        self.stack.append(_Frame({} if isinstance(event, events.MappingStartEvent) else [], mark, path))

    def _scalar(self, event: Any) -> None:
        value = _plain_value(event.value) if event.style is None else event.value
        frame = self.stack[-1] if self.stack else None
        if frame is None or isinstance(frame.value, list) or frame.key_mark is not None:
            self._add(Node(value, self._place(event)[0]))
            return
        if value is None or isinstance(value, bool):
            self._refuse(event, "a key must be a word or a number", "put it in quotes")
        mark = self._mark(event)
        frame.skipping = value in frame.value
        if frame.skipping:
            first = frame.value[value].mark.line
            fix = "remove one of the two"
            message = f"is written twice; the first is on line {first}"
            self.problems.append(mark.problem(dotted((*frame.path, value)), message, fix))
        frame.key, frame.key_mark = value, mark

    def _add(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        if isinstance(frame.value, list):
            frame.value.append(node)
            return
        if not frame.skipping:
            frame.value[frame.key] = node
        frame.key_mark, frame.skipping = None, False


def _plain_value(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text) and len(text) < 400:
        return int(text)
    return float(text.replace("_", "")) if _FLOAT.match(text) else text


def _syntax_problem(error: MarkedYAMLError, file: str) -> Problem:
    near = error.problem_mark or error.context_mark
    mark = Mark(file, near.line + 1, near.column + 1) if near else Mark(file)
    said = f"{error.context or ''}|{error.problem or ''}"
    for pattern, message, fix in _PLAINER:
        if re.search(pattern, said):
            return mark.problem("", message, fix)
    return mark.problem("", f"is not YAML here: {error.problem or error.context}")
