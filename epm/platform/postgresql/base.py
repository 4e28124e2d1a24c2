"""The database backend named in settings."""

from typing import Any

from django.db.backends.postgresql import base

from epm.platform import measures
from epm.platform.request_id import comment_statements


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that says which request it works for, and is counted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers += [measures.count_statements, comment_statements]

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        with measures.taking_a_connection():
            return super().get_new_connection(conn_params)

    def _close(self) -> None:
        had_one = self.connection is not None
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if had_one:
                measures.POOL_USED.dec()
