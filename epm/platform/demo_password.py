"""The one password of the demo's logins: given in EPM_DEMO_PASSWORD, else made once and kept."""

import os
import secrets
from pathlib import Path

from django.conf import settings


def demo_password() -> str:
    """The password in force; the same at every call, until EPM_DEMO_PASSWORD says another."""
    kept = _file()
    password = os.environ.get("EPM_DEMO_PASSWORD") or (
        kept.read_text(encoding="utf-8").strip() if kept.exists() else ""
    )
    if not password:
        password = secrets.token_urlsafe(9)
    if not kept.exists() or kept.read_text(encoding="utf-8").strip() != password:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(password + "\n", encoding="utf-8")
    return password


def _file() -> Path:
    return Path(settings.EPM_DATA) / "demo.password"
