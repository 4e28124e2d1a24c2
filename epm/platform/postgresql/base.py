"""The database backend named in settings."""

import select
import time
from typing import Any, Final

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg_pool import ConnectionPool

from epm.platform import actor, breaker, measures
from epm.platform.request_id import comment_statements

ONLY_WHEN_ASKED: Final = 2**31 - 1
"""Times that a statement comes before psycopg prepares it by itself."""

TRUSTED_SECONDS: Final = 1


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that says which request or person it works for, and is counted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers += [measures.count_statements, comment_statements]

    @property
    def pool(self) -> Any:
        """Django's pool, but for its check: where one connection is dead, so are those beside it.

        The pool tries them one by one with growing pauses; four outlast a page's time limit.
        One that has just answered, and on which nothing has come since, is not asked.
        """
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        pools: dict[str, ConnectionPool] = self._connection_pools  # type: ignore[attr-defined]
        if self.alias not in pools:
            made: ConnectionPool

            def check(connection: Connection) -> None:
                if _has_just_answered(connection):
                    return
                try:
                    ConnectionPool.check_connection(connection)
                except Exception:
                    made.drain()
                    raise

            made = ConnectionPool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                open=False,
                configure=self._configure_connection,  # type: ignore[attr-defined]
                check=check,
                **options,
            )
            # Of several made at once by threads the first is kept; none is open yet.
            pools.setdefault(self.alias, made)
        return pools[self.alias]

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        told = actor.connection_options()
        if told:
            parameters["options"] = f"{parameters.get('options', '')}{told}"
        # Django's “none at all” would also be for what asks to be (epm.platform.prepared).
        parameters["prepare_threshold"] = ONLY_WHEN_ASKED
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
        if had_one:
            self.connection.used_at = time.monotonic()
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if had_one:
                measures.POOL_USED.dec()


def _has_just_answered(connection: Connection) -> bool:
    """A server that ends says so, unasked."""
    if time.monotonic() - getattr(connection, "used_at", 0) >= TRUSTED_SECONDS:
        return False
    said = select.poll()
    said.register(connection.fileno(), select.POLLIN)
    return not said.poll(0)
