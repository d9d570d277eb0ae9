"""docs/settings.md, made from the settings themselves: `python -m intake.settings_page`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from intake.settings import ROOT, Settings

PAGE = ROOT / "docs" / "settings.md"
HEAD = """# Settings

Made from the code by `python -m intake.settings_page`; a test holds the two together.

Read from, last wins: the defaults below, `settings.toml` (or the file that `IMS_SETTINGS` names), environment variables. The
variable of a setting is its name in capitals after `IMS_`, with two underscores for a dot: `clinic.phone` is
`IMS_CLINIC__PHONE`. Lists and tables are JSON in the environment. Secrets belong there, never into the file. A mistake
stops the start with one sentence that names the setting.

| setting | what it does | default |
|---|---|---|
"""


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every setting: its dotted name, its description, its default."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from fields(kind, f"{prefix}{name}.")
            continue
        default = field.get_default(call_default_factory=True, validated_data={})
        yield prefix + name, field.description or "", default


def shown(value: Any) -> str:
    """A default as people read it."""
    if value is PydanticUndefined:
        return "(needed)"
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT)}`" if value.is_relative_to(ROOT) else f"`{value}`"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, (list, dict)):
        items = [getattr(one, "id", None) or getattr(one, "name", None) or one for one in value]
        return ", ".join(str(item) for item in items)
    return str(value)


def page() -> str:
    """The whole page."""
    rows = [f"| `{name}` | {text} | {shown(value)} |" for name, text, value in fields(Settings)]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
