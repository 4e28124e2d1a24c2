from django.urls import path

from inventory.api import prices, stock_alerts, views
from inventory.api import purchase_views as purchases

urlpatterns = [
    path("barcodes/<path:code>", views.OneBarcode.as_view(), name="api-barcode"),
    path("suppliers", purchases.Suppliers.as_view(), name="api-suppliers"),
    path("suppliers/<int:pk>", purchases.OneSupplier.as_view(), name="api-supplier"),
    path("stock/purchase-orders", purchases.PurchaseOrders.as_view(), name="api-purchase-orders"),
    path(
        "stock/purchase-orders/<int:pk>",
        purchases.OnePurchaseOrder.as_view(),
        name="api-purchase-order",
    ),
    *(
        path(
            f"stock/purchase-orders/<int:pk>/{step}",
            view.as_view(),
            name=f"api-purchase-order-{step}",
        )
        for step, view in purchases.STEPS.items()
    ),
    path("categories", views.Categories.as_view(), name="api-categories"),
    path("categories/<int:pk>", views.OneCategory.as_view(), name="api-category"),
    path("prices", prices.Prices.as_view(), name="api-prices"),
    path("prices/reasons", prices.PriceReasons.as_view(), name="api-price-reasons"),
    path("products", views.Products.as_view(), name="api-products"),
    path("products/<int:pk>", views.OneProduct.as_view(), name="api-product"),
    path("stock/alerts", stock_alerts.StockAlerts.as_view(), name="api-stock-alerts"),
    path("stock/proposals", stock_alerts.Proposals.as_view(), name="api-stock-proposals"),
]
