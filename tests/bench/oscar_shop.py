"""A shop of django-oscar as its documentation sets one up, run by a Python that has it.

`python -I oscar_shop.py DATABASE UNITS SHOPPERS ROUNDS` says as JSON
what each round sold.
"""

import json
import sys
import threading
from decimal import Decimal

import django
from django.conf import settings

APPS = [
    "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles",
    "django.contrib.sites", "django.contrib.flatpages",
    "oscar.config.Shop", "oscar.apps.analytics.apps.AnalyticsConfig",
    "oscar.apps.checkout.apps.CheckoutConfig", "oscar.apps.address.apps.AddressConfig",
    "oscar.apps.shipping.apps.ShippingConfig", "oscar.apps.catalogue.apps.CatalogueConfig",
    "oscar.apps.catalogue.reviews.apps.CatalogueReviewsConfig",
    "oscar.apps.communication.apps.CommunicationConfig", "oscar.apps.partner.apps.PartnerConfig",
    "oscar.apps.basket.apps.BasketConfig", "oscar.apps.payment.apps.PaymentConfig",
    "oscar.apps.offer.apps.OfferConfig", "oscar.apps.order.apps.OrderConfig",
    "oscar.apps.customer.apps.CustomerConfig", "oscar.apps.search.apps.SearchConfig",
    "oscar.apps.voucher.apps.VoucherConfig", "oscar.apps.wishlists.apps.WishlistsConfig",
    "oscar.apps.dashboard.apps.DashboardConfig",
    *(
        f"oscar.apps.dashboard.{part}.apps.{part.title()}DashboardConfig"
        for part in ("reports", "users", "orders", "catalogue", "offers", "partners", "pages",
                     "ranges", "reviews", "vouchers", "communications", "shipping")
    ),
    "widget_tweaks", "haystack", "treebeard", "django_tables2",
]  # fmt: skip


def main(database: str, units: int, shoppers: int, rounds: int) -> None:
    _set_up(database)
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    sys.stdout.write(json.dumps([_sold(units, shoppers) for _round in range(rounds)]) + "\n")


def _set_up(database: str) -> None:
    from oscar import defaults

    place = json.loads(database)
    settings.configure(
        **{name: value for name, value in vars(defaults).items() if name.isupper()},
        SECRET_KEY="bench",
        USE_TZ=True,
        SITE_ID=1,
        INSTALLED_APPS=APPS,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        HAYSTACK_CONNECTIONS={
            "default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}
        },
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": place["dbname"],
                **{name.upper(): place[name] for name in ("user", "password", "host", "port")},
            }
        },
    )
    django.setup()


def _sold(units: int, shoppers: int) -> dict[str, int]:
    """Shoppers buy one unit after the other for as long as the shop says that there is one."""
    from django.db import connection
    from oscar.core.loading import get_class, get_model

    names = ["Product", "ProductClass"]
    product_model, class_model = (get_model("catalogue", name) for name in names)
    kind, _made = class_model.objects.get_or_create(
        name="Goods", defaults={"requires_shipping": False, "track_stock": True}
    )
    product = product_model.objects.create(title="Bread", product_class=kind)
    partner, _made = get_model("partner", "Partner").objects.get_or_create(name="Baker")
    record = get_model("partner", "StockRecord").objects.create(
        product=product, partner=partner, partner_sku=f"BREAD-{product.pk}",
        price=Decimal("2.00"), num_in_stock=units,
    )  # fmt: skip
    strategy = get_class("partner.strategy", "Selector")().strategy()
    begin, failed = threading.Barrier(shoppers), []

    def shop() -> None:
        begin.wait()
        try:
            while _buy(product, strategy):
                pass
        except Exception as error:  # noqa: BLE001 - raised below
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=shop) for _number in range(shoppers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    record.refresh_from_db()
    lines = get_model("order", "Line").objects.filter(product=product)
    return {"ordered": sum(line.quantity for line in lines), "allocated": record.num_allocated}


def _buy(product, strategy) -> bool:
    """A basket through the checks and the order placement of its checkout."""
    from oscar.core.loading import get_class, get_model

    basket = get_model("basket", "Basket").objects.create()
    basket.strategy = strategy
    basket.add_product(product, quantity=1)
    for line in basket.all_lines():  # CheckoutSessionMixin.check_basket_is_valid
        found = strategy.fetch_for_line(line).availability
        if not found.is_purchase_permitted(line.quantity)[0]:
            return False
    basket.freeze()
    method = get_class("shipping.methods", "NoShippingRequired")()
    charge = method.calculate(basket)
    total = get_class("checkout.calculators", "OrderTotalCalculator")().calculate(basket, charge)
    placement = get_class("checkout.mixins", "OrderPlacementMixin")()
    placement.place_order(
        order_number=placement.generate_order_number(basket), user=None, basket=basket,
        shipping_address=None, shipping_method=method, shipping_charge=charge, order_total=total,
    )  # fmt: skip
    basket.submit()
    return True


if __name__ == "__main__":
    main(sys.argv[1], *(int(word) for word in sys.argv[2:]))
