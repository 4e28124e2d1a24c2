"""A PostgreSQL and a Valkey of one's own when the environment names none.

Only the programs of two packages are used; the life cycle is ours. Nothing here knows Django.
"""

from epm.embedded.lifecycle import leave, provide, running, stop
from epm.embedded.places import data_folder
from epm.embedded.watching import watch

__all__ = ["data_folder", "leave", "provide", "running", "stop", "watch"]
