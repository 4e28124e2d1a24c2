"""Rebuild the materialized views, without blocking their readers."""

import time
from collections.abc import Sequence
from typing import Final

from django.db import connection, transaction

from epm.platform.refusals import Kind, Refusal
from reporting.models import ViewRefresh

VIEWS: Final = (
    "mv_ca_magasin_mensuel",
    "mv_ca_categorie_mensuel",
    "mv_classement_produits_mensuel",
)


class UnknownView(Refusal):
    code = "reporting/unknown-view"
    title = "There is no such view"
    kind = Kind.MISSING


def refresh_views(*, names: Sequence[str] = ()) -> list[ViewRefresh]:
    """Rebuild the named views (all of them by default) and stamp each with its as-of time.

    One transaction for each view. Refresh the facts first: the views are built on them.
    Raises UnknownView before anything is rebuilt.
    """
    for name in names:
        if name not in VIEWS:
            raise UnknownView(f"“{name}” is not one of: {', '.join(VIEWS)}.", view=name)
    return [_refresh(name) for name in names or VIEWS]


@transaction.atomic
def _refresh(name: str) -> ViewRefresh:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        # Serialises two refreshers before either has a snapshot: the stamp is never too new.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        cursor.execute("SELECT statement_timestamp()")
        (as_of,) = cursor.fetchone()
        cursor.execute(f"REFRESH MATERIALIZED VIEW CONCURRENTLY {name}")
    stamp, _ = ViewRefresh.objects.update_or_create(
        view=name,
        defaults={"as_of": as_of, "took_ms": round((time.perf_counter() - began) * 1000)},
    )
    return stamp
