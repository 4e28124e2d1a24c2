"""What can be imported: kinds by name, each a dotted path, so that the engine knows no context."""

EPM_IMPORT_KINDS: dict[str, str] = {
    "stores": "epm.imports.stores.Stores",
    "categories": "inventory.services.category_import.Categories",
    "products": "inventory.services.product_import.Products",
    "customers": "sales.services.customer_import.Customers",
    "sales": "sales.services.sales_import.kind.Sales",
    "targets": "sales.services.target_import.Targets",
}
