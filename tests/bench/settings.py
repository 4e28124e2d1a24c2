"""The product's settings, and the bare views beside its doors."""

from epm.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
