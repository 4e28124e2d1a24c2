from django.urls import path

from reporting.api import views

urlpatterns = [
    path("produits/<int:pk>", views.Produit.as_view(), name="api-produit"),
]
