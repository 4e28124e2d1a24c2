"""Pages of the tills."""

from django.urls import path

from sales.views import receipts

urlpatterns = [
    path("receipt/<uuid:sale_id>/", receipts.page, name="till-receipt"),
]
