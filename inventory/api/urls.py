from django.urls import path

from inventory.api import (
    adjustments,
    feed_views,
    hold_bulk,
    hold_views,
    movement_views,
    prices,
    stock_alerts,
    stock_views,
    stocktakes,
    transfer_steps,
    transfers,
    views,
)
from inventory.api import purchase_views as purchases

HOLD = "stock/holds/<uuid:basket>"
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
    path("stock/transfers", transfers.Transfers.as_view(), name="api-transfers"),
    path("stock/transfers/<int:pk>", transfers.OneTransfer.as_view(), name="api-transfer"),
    *(
        path(f"stock/transfers/<int:pk>/{step}", view.as_view(), name=f"api-transfer-{step}")
        for step, view in transfer_steps.STEPS.items()
    ),
    path("stock/stocktakes", stocktakes.Stocktakes.as_view(), name="api-stocktakes"),
    path("stock/stocktakes/<int:pk>", stocktakes.OneStocktake.as_view(), name="api-stocktake"),
    path(
        "stock/stocktakes/<int:pk>/lines",
        stocktakes.StocktakeLines.as_view(),
        name="api-stocktake-lines",
    ),
    *(
        path(f"stock/stocktakes/<int:pk>/{step}", view.as_view(), name=f"api-stocktake-{step}")
        for step, view in stocktakes.STEPS.items()
    ),
    path("stock/adjustments", adjustments.Adjustments.as_view(), name="api-adjustments"),
    path("stock/adjustments/<int:pk>", adjustments.OneAdjustment.as_view(), name="api-adjustment"),
    path(
        "stock/adjustments/<int:pk>/reverse",
        adjustments.Reversal.as_view(),
        name="api-adjustment-reverse",
    ),
    path("stock/alerts", stock_alerts.StockAlerts.as_view(), name="api-stock-alerts"),
    path("stock/proposals", stock_alerts.Proposals.as_view(), name="api-stock-proposals"),
    path("stock", stock_views.Stock.as_view(), name="api-stock"),
    path("stock/availability", stock_views.Availability.as_view(), name="api-availability"),
    path("stock/feed", feed_views.Feed.as_view(), name="api-stock-feed"),
    path("stock/movements", movement_views.Movements.as_view(), name="api-movements"),
    path("stock/movements/<uuid:pk>", movement_views.OneMovement.as_view(), name="api-movement"),
    path("stock/holds", hold_views.Holds.as_view(), name="api-holds"),
    path("stock/holds/bulk", hold_bulk.ManyHolds.as_view(), name="api-holds-bulk"),
    path(HOLD, hold_views.OneHold.as_view(), name="api-hold"),
    path(f"{HOLD}/extend", hold_views.ExtendHold.as_view(), name="api-hold-extend"),
    path(f"{HOLD}/commit", hold_views.CommitHold.as_view(), name="api-hold-commit"),
    path(f"{HOLD}/release", hold_views.ReleaseHold.as_view(), name="api-hold-release"),
    path(f"{HOLD}/consume", hold_views.ConsumeHold.as_view(), name="api-hold-consume"),
    # The last of them: a SKU may hold a slash.
    path(
        "stock/<str:store>/<path:product>", stock_views.OneLevel.as_view(), name="api-stock-level"
    ),
]
