from django.urls import path

from inventory.api import adjustments, stocktakes, views

urlpatterns = [
    path("barcodes/<path:code>", views.OneBarcode.as_view(), name="api-barcode"),
    path("categories", views.Categories.as_view(), name="api-categories"),
    path("categories/<int:pk>", views.OneCategory.as_view(), name="api-category"),
    path("products", views.Products.as_view(), name="api-products"),
    path("products/<int:pk>", views.OneProduct.as_view(), name="api-product"),
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
]
