"""One product for all tests here: each takes goods of its own."""

import atexit
import shutil
import tempfile
from pathlib import Path

import pytest

from epm.embedded import stop
from tests.epm.embedded.private import private_environment
from tests.faults.product import Product


@pytest.fixture(scope="session")
def product():
    """pytest's own folders are closed to the account that root steps down to."""
    folder = Path(tempfile.mkdtemp(prefix="epm-faults-"))
    folder.chmod(0o755)
    # Whoever leaves the servers as this process ends makes the folder once more.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    try:
        made = Product(folder)
        yield made
        made.close()
    finally:
        stop(private_environment(folder))
        shutil.rmtree((folder / "servers").resolve(), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True)
def _laws_hold(product):
    yield
    assert product.broken_laws() == []
