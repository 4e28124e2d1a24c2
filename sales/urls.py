"""Pages of the tills."""

from django.urls import path

from sales.views import receipts, till

urlpatterns = [
    path("", till.screen, name="till"),
    path("sw.js", till.worker, name="till-worker"),
    path("receipt/<uuid:sale_id>/", receipts.page, name="till-receipt"),
]
