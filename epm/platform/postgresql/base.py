"""The database backend named in settings."""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

from epm.platform import actor, breaker, measures
from epm.platform.request_id import comment_statements


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that says which request or person it works for, and is counted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers += [measures.count_statements, comment_statements]

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        told = actor.connection_options()
        if told:
            parameters["options"] = f"{parameters.get('options', '')}{told}"
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if not self.pool:
            return super().get_new_connection(conn_params)
        if not breaker.postgresql.may_ask():
            raise OperationalError("PostgreSQL did not answer a moment ago.")
        failures = self._failures()
        try:
            with measures.taking_a_connection():
                connection = super().get_new_connection(conn_params)
        except OperationalError:
            if self._failures() > failures:  # not merely all of them in use
                breaker.postgresql.failed()
            raise
        breaker.postgresql.answered()
        return connection

    def _failures(self) -> int:
        """How often the pool has found no server."""
        return int(self.pool.get_stats().get("connections_errors", 0))

    def _close(self) -> None:
        had_one = self.connection is not None
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if had_one:
                measures.POOL_USED.dec()
