from django.urls import path

from sales.api import views

urlpatterns = [
    path("sales", views.Sales.as_view(), name="api-sales"),
    path("sales/<uuid:pk>", views.OneSale.as_view(), name="api-sale"),
    path("targets", views.Targets.as_view(), name="api-targets"),
    path("targets/<int:pk>", views.OneTarget.as_view(), name="api-target"),
]
