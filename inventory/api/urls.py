from django.urls import path

from inventory.api import stock_alerts, views

urlpatterns = [
    path("categories", views.Categories.as_view(), name="api-categories"),
    path("categories/<int:pk>", views.OneCategory.as_view(), name="api-category"),
    path("products", views.Products.as_view(), name="api-products"),
    path("products/<int:pk>", views.OneProduct.as_view(), name="api-product"),
    path("stock/alerts", stock_alerts.StockAlerts.as_view(), name="api-stock-alerts"),
    path("stock/proposals", stock_alerts.Proposals.as_view(), name="api-stock-proposals"),
]
