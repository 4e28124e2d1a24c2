from django.urls import path

from inventory.api import views

urlpatterns = [
    path("barcodes/<path:code>", views.OneBarcode.as_view(), name="api-barcode"),
    path("categories", views.Categories.as_view(), name="api-categories"),
    path("categories/<int:pk>", views.OneCategory.as_view(), name="api-category"),
    path("products", views.Products.as_view(), name="api-products"),
    path("products/<int:pk>", views.OneProduct.as_view(), name="api-product"),
]
