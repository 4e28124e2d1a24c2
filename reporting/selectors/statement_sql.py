"""The SQL of comparisons with targets and with last year; filled in by `statement.Statement`."""

from typing import Final

from reporting.selectors.sums_known_sql import FIRST_DAY_OF_STORE

# OFFSET 0: looked up once for each store, not for each of its days.
# Until when each store's figures are known: the last business day that is over and on or before
# which it sold, was closed for a while, or closed for good. A day after the last sale is one whose
# sales have not come in yet.
KNOWN: Final = """(
    SELECT s.id AS store_id, s.yesterday,
           greatest((SELECT f.day FROM reporting_storeday f WHERE f.store_id = s.id
                     ORDER BY f.day DESC LIMIT 1),
                    live.day,
                    (SELECT max(c.last_day) FROM organization_storeclosure c
                     WHERE c.store_id = s.id AND c.first_day <= s.yesterday),
                    CASE WHEN s.closed_on <= s.yesterday THEN s.yesterday END) AS day
    FROM (SELECT p.id, p.closed_on,
                 (({now}::timestamptz AT TIME ZONE p.timezone)
                  - make_interval(hours => p.day_cutoff_hour))::date - 1 AS yesterday
          FROM organization_store p WHERE p.id = ANY (%(stores)s)) s
    LEFT JOIN (SELECT store_id, max(day) AS day FROM live_days
               GROUP BY store_id) live ON live.store_id = s.id
    OFFSET 0
)"""
# A row that is over has no day to come, whatever is known of its last ones.
STORE_TARGETS: Final = """(
    SELECT d.store_id, d.day, d.amount, d.net_ht, d.is_over,
           NOT d.is_over AND d.day = min(d.day) FILTER (WHERE NOT d.is_over AND d.amount > 0)
               OVER (PARTITION BY d.store_id, d.row_end) AS is_next
    FROM (SELECT t.store_id, t.day, t.amount, f.net_ht, t.row_end,
                 coalesce(t.day <= k.yesterday AND (t.row_end <= k.yesterday OR t.day <= k.day),
                          false) AS is_over
          FROM (SELECT t.store_id, t.day, t.amount, {row_end} AS row_end
                FROM sales_storedaytarget t
                WHERE t.store_id = ANY (%(stores)s) AND t.day BETWEEN {start} AND {end}) t
          JOIN {known} k ON k.store_id = t.store_id
          LEFT JOIN {store_days} f ON f.store_id = t.store_id AND f.day = t.day) d
)"""
# `w` pairs the days of now and then, with the row they belong to and where it begins and ends. A
# store is comparable when it was open 53 weeks before the row begins, is not closed before the row
# ends, and when its sales of then are known from their first day.
LIKE_FOR_LIKE: Final = """(
    SELECT x.store_id, x.row_key, x.now_ht, x.then_ht
    FROM (SELECT f.store_id, w.*, f.net_ht AS now_ht, NULL::numeric AS then_ht
          FROM {now} f JOIN {days} ON w.now_day = f.day
          UNION ALL
          SELECT f.store_id, w.*, NULL, f.net_ht
          FROM {then} f JOIN {days} ON w.then_day = f.day) x
    JOIN (SELECT p.id, coalesce(p.opened_on, first.day) AS opened_on, p.closed_on, first.day
          FROM organization_store p {first}
          WHERE p.id = ANY (%(stores)s)
          OFFSET 0) s ON s.id = x.store_id
    WHERE s.opened_on <= x.row_start - 371
      AND s.day <= x.then_start
      AND (s.closed_on IS NULL OR s.closed_on >= x.row_end)
      AND NOT EXISTS (SELECT FROM organization_storeclosure c
                      WHERE c.store_id = x.store_id
                        AND (x.now_day BETWEEN c.first_day AND c.last_day
                             OR x.then_day BETWEEN c.first_day AND c.last_day))
)"""
FIRST_DAY: Final = """
          LEFT JOIN (SELECT store_id, min(day) AS day FROM live_days
                     GROUP BY store_id) live ON live.store_id = p.id
          CROSS JOIN LATERAL (
              SELECT least((SELECT f.day FROM reporting_storeday f WHERE f.store_id = p.id
                            ORDER BY f.day LIMIT 1), live.day) AS day) first
"""
FIRST_DAY_KNOWN: Final = f"""
          CROSS JOIN LATERAL ({FIRST_DAY_OF_STORE.format(store="p.id")}) first
"""
DAYS: Final = """
    unnest({}::date[], {}::date[], {}::date[], {}::date[],
           {}::date[], {}::date[])
    AS w (row_key, now_day, then_day, row_start, row_end, then_start)
"""
# Stores that sold or were to sell in the days of reports that are read together: these can then be
# compared, and one that has long been silent keeps no amounts from being added.
TRADING: Final = """(
    SELECT p.id, p.currency FROM organization_store p
    WHERE p.id = ANY (%(stores)s) AND p.id IN ({traded})
)"""
TARGETED: Final = """
    SELECT t.store_id FROM sales_storedaytarget t
    WHERE t.store_id = ANY (%(stores)s) AND t.day BETWEEN {start} AND {end}
"""
# What was counted beside the tills on each store day. Its sales are known up to the store's last
# day with some: those of a later one have not come in yet, and are compared with nothing.
BESIDE: Final = """(
    SELECT t.store_id, t.day, t.counted,
           CASE WHEN t.day <= k.day THEN t.counted END AS compared,
           CASE WHEN t.day <= k.day THEN f.{of_tills} END AS at_tills
    FROM (SELECT c.store_id, c.business_date AS day, sum(c.{counted}) AS counted
          FROM {table} c
          WHERE c.store_id = ANY (%(stores)s) AND c.business_date BETWEEN {start} AND {end}
          GROUP BY 1, 2) t
    JOIN (SELECT s.id AS store_id,
                 greatest((SELECT f.day FROM reporting_storeday f WHERE f.store_id = s.id
                           ORDER BY f.day DESC LIMIT 1), live.day) AS day
          FROM organization_store s
          LEFT JOIN (SELECT store_id, max(day) AS day FROM live_days
                     GROUP BY store_id) live ON live.store_id = s.id
          WHERE s.id = ANY (%(stores)s)
          OFFSET 0) k ON k.store_id = t.store_id
    LEFT JOIN {store_days} f ON f.store_id = t.store_id AND f.day = t.day
)"""
# A store counts with its area once in each row, however many days it sold on.
ON_AREAS: Final = """
    SELECT {part}, {told}, {is_total}, {sums}
    FROM (SELECT {key} AS key, b.store_id, sum(b.net_ht) AS net_ht
          FROM {store_days} b GROUP BY 1, 2) b
    JOIN organization_store p ON p.id = b.store_id AND p.floor_area_m2 > 0
    WHERE p.id = ANY (%(stores)s)
    {group}
"""
