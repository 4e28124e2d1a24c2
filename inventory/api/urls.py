from django.urls import path

from inventory.api import feed_views, hold_bulk, hold_views, movement_views, stock_views, views

HOLD = "stock/holds/<uuid:basket>"
urlpatterns = [
    path("barcodes/<path:code>", views.OneBarcode.as_view(), name="api-barcode"),
    path("categories", views.Categories.as_view(), name="api-categories"),
    path("categories/<int:pk>", views.OneCategory.as_view(), name="api-category"),
    path("products", views.Products.as_view(), name="api-products"),
    path("products/<int:pk>", views.OneProduct.as_view(), name="api-product"),
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
