-- Monthly revenue by store, in the store's currency, built on the facts.
-- Refreshed CONCURRENTLY, hence the unique index.
CREATE MATERIALIZED VIEW mv_ca_magasin_mensuel AS
SELECT
    store_id,
    date_trunc('month', day::timestamp)::date AS month,
    sum(net_ht) AS net_sales_ht,
    sum(net_ttc) AS net_sales_ttc,
    sum(transactions)::bigint AS transactions
FROM reporting_storeday
GROUP BY 1, 2;

CREATE UNIQUE INDEX mv_ca_magasin_mensuel_store_month ON mv_ca_magasin_mensuel (store_id, month);
