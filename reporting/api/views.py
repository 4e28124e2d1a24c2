from django.http import Http404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from epm.access.selectors import rights
from epm.platform.endpoints import Endpoint
from reporting.api.serializers import ProduitOut
from reporting.selectors.products import product_card


class Produit(Endpoint):
    """One product with price, stock by store and the last 30 days' sales."""

    right = rights.CATALOGUE
    serializer_class = ProduitOut

    def get(self, request: Request, *, pk: int) -> Response:
        card = product_card(principal=request.user, product_id=pk, today=timezone.now().date())
        if card is None:
            raise Http404
        return Response(card)
