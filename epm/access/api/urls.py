from django.urls import path

from epm.access.api import views

urlpatterns = [
    path("regions", views.Regions.as_view(), name="api-regions"),
    path("regions/<int:pk>", views.OneRegion.as_view(), name="api-region"),
    path("stores", views.Stores.as_view(), name="api-stores"),
    path("stores/<int:pk>", views.OneStore.as_view(), name="api-store"),
]
