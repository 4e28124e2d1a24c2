-- Monthly revenue by store and category, each category with all below it (0: goods in none), in the
-- store's currency. Built on the facts about goods; the tree is the one they were made with.
-- Refreshed CONCURRENTLY, hence the unique index.
CREATE MATERIALIZED VIEW mv_ca_categorie_mensuel AS
SELECT f.store_id, f.month, f.category_id, f.net_ht AS net_sales_ht, f.net_ttc AS net_sales_ttc,
       f.units, CASE WHEN f.covered_lines <> 0 THEN f.covered_ht - f.cost END AS margin_ht,
       f.transactions
FROM reporting_storemonthcategory f
JOIN reporting_goodsmonth g ON g.store_id = f.store_id AND g.month = f.month
WHERE f.whole
   OR NOT EXISTS (SELECT FROM reporting_goodstree b WHERE b.parent_id = f.category_id);

CREATE UNIQUE INDEX mv_ca_categorie_mensuel_key
ON mv_ca_categorie_mensuel (store_id, month, category_id);
