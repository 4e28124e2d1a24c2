-- Products by month, best first: of each store (the 200 best by any of the measures), and of the
-- chain (all; store 0) by currency. Built on the facts about goods.
-- Refreshed CONCURRENTLY, hence the unique index.
CREATE MATERIALIZED VIEW mv_classement_produits_mensuel AS
WITH sold AS (
    SELECT f.store_id, s.currency, f.month, f.product_id, f.net_ht, f.units,
           CASE WHEN f.covered_lines <> 0 THEN f.covered_ht - f.cost END AS margin_ht
    FROM reporting_storemonthproduct f
    JOIN reporting_goodsmonth g ON g.store_id = f.store_id AND g.month = f.month
    JOIN organization_store s ON s.id = f.store_id
), summed AS (
    SELECT store_id, currency, month, product_id, net_ht, units, margin_ht FROM sold
    UNION ALL
    SELECT 0, currency, month, product_id, sum(net_ht), sum(units), sum(margin_ht)
    FROM sold GROUP BY currency, month, product_id
), ranked AS (
    SELECT summed.*,
           rank() OVER (PARTITION BY store_id, currency, month ORDER BY net_ht DESC) AS by_sales,
           rank() OVER (PARTITION BY store_id, currency, month ORDER BY units DESC) AS by_units,
           CASE WHEN margin_ht IS NOT NULL
                THEN rank() OVER (PARTITION BY store_id, currency, month
                                  ORDER BY margin_ht DESC NULLS LAST) END AS by_margin
    FROM summed
)
SELECT store_id, month, currency, product_id, net_ht AS net_sales_ht, units, margin_ht,
       by_sales, by_units, by_margin
FROM ranked
WHERE store_id = 0 OR by_sales <= 200 OR by_units <= 200 OR by_margin <= 200;

CREATE UNIQUE INDEX mv_classement_produits_mensuel_key
ON mv_classement_produits_mensuel (store_id, month, currency, product_id);
