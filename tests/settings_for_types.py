"""The settings as mypy sees them: no server is needed to read types."""

import os

os.environ.setdefault("DATABASE_URL", "postgresql:///types")
os.environ.setdefault("REDIS_URL", "redis://localhost:6379/0")
os.environ.setdefault("SECRET_KEY", "only-for-reading-types-never-for-running")

from epm.settings import *  # noqa: F403
