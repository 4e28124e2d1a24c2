"""Which column is probably which field, by their names. A guess is shown, never applied unseen."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from epm.imports.fields import Field

ALSO: Final[Mapping[str, Sequence[str]]] = {
    "ticket": ("ticketno", "invoice", "invoiceno", "order", "orderno", "ordernumber", "receipt",
               "facture", "numticket", "noticket", "basketid", "transactionid", "commande"),
    "store": ("storecode", "storeid", "shop", "magasin", "boutique", "branch", "codemagasin"),
    "sold_at": ("date", "datetime", "timestamp", "time", "heure", "soldat", "invoicedate",
                "orderdate", "transactiontimestamp", "datevente", "saledate"),
    "product": ("sku", "article", "ref", "reference", "stockcode", "productid", "productcode",
                "ean", "barcode", "codebarres", "produit", "itemcode", "codearticle"),
    "product_name": ("description", "productname", "libelle", "designation", "label"),
    "quantity": ("qty", "qte", "quantite", "units", "orderquantity", "nombre"),
    "amount": ("total", "montant", "montantttc", "salesvalue", "lineamount", "linetotal", "net"),
    "unit_price": ("price", "prix", "prixttc", "prixunitaire", "unitprice"),
    "customer": ("customerid", "client", "customercode", "clientid", "householdid", "codeclient"),
    "line": ("lineno", "linenumber", "ligne", "orderlineitem"),
    "unit_cost": ("cost", "cout", "purchaseprice", "prixachat"),
    "tax_rate": ("vat", "vatrate", "tva", "tauxtva"),
    "sku": ("reference", "ref", "article", "productcode", "productid", "stockcode", "codearticle"),
    "name": ("libelle", "nom", "designation", "label", "productname", "description", "title"),
    "code": ("id", "identifiant", "storecode", "storeid", "customerid", "codemagasin", "key"),
    "category": ("rayon", "famille", "department", "productcategory", "categorie"),
    "barcodes": ("barcode", "ean", "ean13", "gtin", "codebarres"),
    "purchase_price": ("cost", "prixachat", "cout", "productcost"),
    "sale_price": ("price", "prix", "prixttc", "prixvente", "productprice", "prixdevente"),
    "tax_class": ("tva", "vat", "taxclass"),
    "brand": ("marque", "brandname"),
    "month": ("mois", "period", "periode"),
    "email": ("mail", "courriel", "emailaddress"),
    "city": ("ville", "town"),
    "postal_code": ("codepostal", "zip", "zipcode", "postcode"),
    "address": ("adresse", "street"),
    "country": ("pays",),
    "opened_on": ("ouverture", "opened", "dateouverture"),
    "closed_on": ("fermeture", "closed"),
    "floor_area_m2": ("surface", "area", "floorarea", "m2"),
}  # fmt: skip
SEVERAL: Final = {"sold_at", "category"}


def plain(name: str) -> str:
    """Letters and digits, without accents and case."""
    bare = unicodedata.normalize("NFKD", name)
    return "".join(c for c in bare.lower() if c.isalnum() and c.isascii())


def guessed(columns: Sequence[str], *, fields: Sequence[Field]) -> dict[str, str]:
    """Column → field: by the field's own name first, then by what others call it."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for exact in (True, False):
        for column in columns:
            for field in fields:
                words = {plain(field.name)} if exact else set(ALSO.get(field.name, ()))
                free = field.name not in taken or (field.name in SEVERAL and not exact)
                if column not in found and free and plain(column) in words:
                    found[column] = field.name
                    taken.add(field.name)
    return found
