"""Import a table written in a test, through the engine's own door."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Any]:
    """`imported("stores", "code,name\\nA,Alpha\\n", columns={...}, options={...})` → its run."""
    # Imported late: a conftest that uses this is read before Django is set up.
    from django.utils import timezone

    from epm.imports.mapping import mapping_from
    from epm.imports.services import runs

    def run(
        kind: str, text: str | bytes, *, name: str = "file.csv", dry_run: bool = False, **mapping
    ):
        path = tmp_path / name
        content = text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode()
        path.write_bytes(content)
        document = mapping_from(mapping, kind=kind) if mapping else None
        return runs.import_files(
            kind_name=kind, paths=[path], mapping=document, by=None, door="test",
            now=timezone.now(), dry_run=dry_run,
        )  # fmt: skip

    return run


def reasons(run: Any) -> list[tuple[int, str, str]]:
    """(line, reason, detail) of the run's quarantine, in the order of the file."""
    return list(
        run.quarantine.order_by("line_number").values_list("line_number", "reason", "detail")
    )
