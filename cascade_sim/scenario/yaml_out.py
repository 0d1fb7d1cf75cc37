"""Plain values as YAML text that `yaml_text` reads back to the same values."""

from __future__ import annotations

import io
import json
from typing import Any

from ruamel.yaml import YAML

_NOT_AS_THEY_ARE = ("\\u0085", "\\u2028", "\\u2029", "\\ufeff")


def as_yaml(plain: Any) -> str:
    """Return plain dicts, lists and scalars as YAML, in the order that they have."""
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.sort_base_mapping_type_on_output, yaml.width = None, False, 110
    # ruamel writes these as they are where it keeps Unicode, and reads them back as ends of lines
    coded = json.dumps(plain, ensure_ascii=True)
    yaml.allow_unicode = not any(code in coded for code in _NOT_AS_THEY_ARE)
    text = io.StringIO()
    yaml.dump(plain, text)
    return text.getvalue()
