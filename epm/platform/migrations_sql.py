"""SQL objects live in `<app>/sql/<object>.vN.sql`; migrations run them from there."""

from pathlib import Path

from django.db import migrations


def run_sql(up: Path, *, down: Path | str | None = None) -> migrations.RunSQL:
    """Run the file `up`; on reverse run `down`, or refuse to reverse when there is none."""
    reverse = down.read_text(encoding="utf-8") if isinstance(down, Path) else down
    return migrations.RunSQL(sql=up.read_text(encoding="utf-8"), reverse_sql=reverse)
