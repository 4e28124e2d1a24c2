"""The database backend named in settings."""

from typing import Any

from django.db.backends.postgresql import base

from epm.platform.request_id import comment_statements


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that says which request it works for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(comment_statements)
