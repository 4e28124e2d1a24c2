from django.urls import path

from epm.imports.api import views

urlpatterns = [
    path("imports", views.Imports.as_view(), name="api-imports"),
    path("imports/<int:pk>", views.OneImport.as_view(), name="api-import"),
    path("imports/<int:pk>/confirm", views.Confirm.as_view(), name="api-import-confirm"),
    path("imports/<int:pk>/quarantine", views.Quarantine.as_view(), name="api-quarantine"),
    path(
        "imports/<int:pk>/quarantine.csv",
        views.QuarantineFile.as_view(),
        name="api-quarantine-file",
    ),
]
