from django.urls import path

from reporting.api import kpis, late, performance, views

urlpatterns = [
    path("v1/kpis", kpis.Kpis.as_view(), name="api-kpis"),
    path("v1/kpis/registry", kpis.Registry.as_view(), name="api-kpi-registry"),
    path("v1/kpis/late", late.Late.as_view(), name="api-kpis-late"),
    path("central", kpis.Central.as_view(), name="api-central"),
    path("consolide", kpis.Consolide.as_view(), name="api-consolide"),
    path(
        "v1/stores/<str:code>/performance",
        performance.Performance.as_view(),
        name="api-store-performance",
    ),
    path(
        "v1/registers/<int:pk>/daily-sales",
        performance.DailySales.as_view(),
        name="api-register-daily-sales",
    ),
    path("produits/<int:pk>", views.Produit.as_view(), name="api-produit"),
]
