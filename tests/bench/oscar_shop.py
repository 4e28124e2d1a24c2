"""A shop of django-oscar as its documentation sets one up, run by a Python that has it.

`python -I oscar_shop.py COMMAND DATABASE [NUMBER …]` says as JSON what the command came to.
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
    "widget_tweaks", "haystack", "treebeard", "django_tables2", "rest_framework", "oscarapi",
]  # fmt: skip
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
]


def main(command: str, database: str, *numbers: int) -> None:
    _set_up(database)
    commands = {"migrate": migrate, "oversell": oversell, "stock": stock, "serve": serve}
    sys.stdout.write(json.dumps(commands[command](*numbers)) + "\n")


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def oversell(units: int, shoppers: int, rounds: int) -> list[dict[str, int]]:
    """What each round sold."""
    return [_sold(units, shoppers) for _round in range(rounds)]


def stock(count: int) -> int:
    """So many products, a million of each; the key of the first, the others follow it."""
    from oscar.core.loading import get_model

    kind, partner = _kind_and_partner()
    product_model = get_model("catalogue", "Product")
    products = product_model.objects.bulk_create(
        product_model(title=f"Product {n}", slug=f"product-{n}", product_class=kind)
        for n in range(count)
    )
    record_model = get_model("partner", "StockRecord")
    record_model.objects.bulk_create(
        record_model(
            product=product, partner=partner, partner_sku=f"SKU-{product.pk}",
            price=Decimal("2.00"), num_in_stock=1_000_000,
        )
        for product in products
    )  # fmt: skip
    return products[0].pk


def serve(port: int) -> None:
    """Its API, by two workers of four threads as ours."""
    from django.core.wsgi import get_wsgi_application
    from gunicorn.app.base import BaseApplication

    class Served(BaseApplication):
        def load_config(self) -> None:
            for name, value in {
                "bind": f"127.0.0.1:{port}", "worker_class": "gthread", "workers": 2, "threads": 4,
                "keepalive": 5, "control_socket_disable": True,
            }.items():  # fmt: skip
                self.cfg.set(name, value)

        def load(self):
            return get_wsgi_application()

    Served().run()


def _set_up(database: str) -> None:
    from oscar import defaults

    place = json.loads(database)
    settings.configure(
        **{name: value for name, value in vars(defaults).items() if name.isupper()}
        | {"OSCAR_ALLOW_ANON_CHECKOUT": True},
        SECRET_KEY="bench",
        USE_TZ=True,
        SITE_ID=1,
        ALLOWED_HOSTS=["127.0.0.1"],
        INSTALLED_APPS=APPS,
        MIDDLEWARE=MIDDLEWARE,
        ROOT_URLCONF="oscarapi.urls",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        HAYSTACK_CONNECTIONS={
            "default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}
        },
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": place["dbname"],
                "ATOMIC_REQUESTS": True,
                "CONN_MAX_AGE": None,
                **{name.upper(): place[name] for name in ("user", "password", "host", "port")},
            }
        },
    )
    django.setup()


def _sold(units: int, shoppers: int) -> dict[str, int]:
    """Shoppers buy one unit after the other for as long as the shop says that there is one."""
    from django.db import connection
    from oscar.core.loading import get_class, get_model

    kind, partner = _kind_and_partner()
    product = get_model("catalogue", "Product").objects.create(title="Bread", product_class=kind)
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


def _kind_and_partner():
    """What every product has: its stock is counted, and it needs no address."""
    from oscar.core.loading import get_model

    kind, _made = get_model("catalogue", "ProductClass").objects.get_or_create(
        name="Goods", defaults={"requires_shipping": False, "track_stock": True}
    )
    partner, _made = get_model("partner", "Partner").objects.get_or_create(name="Baker")
    return kind, partner


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
    main(*sys.argv[1:3], *(int(word) for word in sys.argv[3:]))
