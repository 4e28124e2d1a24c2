import pytest
from django.utils import translation

from tests.imports_support import imported

__all__ = ["imported"]


@pytest.fixture(autouse=True)
def _in_english():
    """Whatever language the request of a test before has left behind."""
    translation.activate("en")
