"""A data folder of the test's own, emptied of servers afterwards."""

import shutil
import tempfile
from pathlib import Path

import pytest

from epm.embedded import stop
from tests.epm.embedded.private import private_environment


@pytest.fixture
def data():
    """pytest's own tmp_path is closed to the account that root steps down to."""
    folder = Path(tempfile.mkdtemp(prefix="epm-test-"))
    folder.chmod(0o755)
    yield folder
    for lock in folder.rglob("start.lock"):
        stop(private_environment(lock.parent))
        home = (lock.parent / "servers").resolve()
        shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
