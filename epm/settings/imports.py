"""What can be imported: kinds by name, each a dotted path, so that the engine knows no context."""

EPM_IMPORT_KINDS: dict[str, str] = {
    "stores": "epm.imports.stores.Stores",
    "categories": "inventory.services.category_import.Categories",
    "products": "inventory.services.product_import.Products",
    "suppliers": "inventory.services.supplier_import.Suppliers",
    "supplier_products": "inventory.services.supplier_import.SupplierProducts",
    "stock": "inventory.services.stock_import.Stock",
    "customers": "sales.services.customer_import.Customers",
    "sales": "sales.services.sales_import.kind.Sales",
    "targets": "sales.services.target_import.Targets",
    "footfall": "sales.services.staffing_import.Footfall",
    "labour": "sales.services.staffing_import.Labour",
}

# An Excel workbook is read by a process of its own that may have no more than this.
EPM_WORKBOOK_MEMORY_MB = 1024
EPM_WORKBOOK_SECONDS = 120  # of the processor, and twice that by the clock
EPM_WORKBOOK_UNPACKED_MB = 1024
EPM_UPLOAD_MB = 200
EPM_UPLOAD_DAYS = 30  # then the file is deleted; the account and the quarantine stay
