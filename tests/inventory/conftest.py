import pytest

from tests.imports_support import imported

__all__ = ["imported"]


@pytest.fixture
def store():
    from tests.factories import chain

    return chain.store()


@pytest.fixture
def bread():
    from tests.factories import chain

    return chain.product()


@pytest.fixture
def milk():
    from tests.factories import chain

    return chain.product()


@pytest.fixture
def nothing_else_runs(monkeypatch):
    """A feed goes on from the next transaction, as it does where none is running.

    Otherwise it goes on from the oldest that runs in any database of the cluster, and tells some
    twice: there are those of other workers' tests.
    """
    from inventory.selectors import feed

    here = feed.HERE.replace("pg_snapshot_xmin", "pg_snapshot_xmax")
    assert here != feed.HERE
    monkeypatch.setattr(feed, "HERE", here)
