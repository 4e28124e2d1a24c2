"""The dashboards, and the way to them."""

from django.urls import path, re_path

from reporting.views import (
    cashiers,
    late,
    overview,
    performance,
    product,
    saved,
    store,
    theme,
    ticket,
    tickets,
)
from reporting.views.consolidation import page as consolidation
from reporting.views.inventory import assortment, files, shortages
from reporting.views.inventory import page as inventory

urlpatterns = [
    path("", overview.home, name="home"),
    path("theme", theme.choose, name="theme"),
    path("dashboards/", overview.overview, name="dashboards"),
    path("dashboards/saved", saved.views, name="dashboard-saved"),
    path("dashboards/saved/<int:view_id>", saved.view, name="dashboard-saved-view"),
    path("dashboards/consolidation", consolidation.consolidation, name="dashboard-consolidation"),
    re_path(
        r"^dashboards/consolidation\.(?P<ending>csv|xlsx)$",
        consolidation.consolidation_file,
        name="dashboard-consolidation-file",
    ),
    path("dashboards/inventory", inventory.inventory, name="dashboard-inventory"),
    path(
        "dashboards/inventory/assortment",
        assortment.assortment,
        name="dashboard-inventory-assortment",
    ),
    path(
        "dashboards/inventory/shortages", shortages.shortages, name="dashboard-inventory-shortages"
    ),
    re_path(
        r"^dashboards/inventory/(?P<part>stores|assortment|shortages)\.(?P<ending>csv|xlsx)$",
        files.inventory_file,
        name="dashboard-inventory-file",
    ),
    path("dashboards/cashiers", cashiers.cashiers_page, name="dashboard-cashiers"),
    path(
        "dashboards/stores/<path:code>/performance",
        performance.performance_page,
        name="dashboard-performance",
    ),
    path("dashboards/stores/<path:code>", store.store_page, name="dashboard-store"),
    path("dashboards/products/<int:product_id>", product.product_page, name="dashboard-product"),
    path("dashboards/late", late.late_list, name="dashboard-late"),
    path("dashboards/late.csv", late.late_file, name="dashboard-late-file"),
    path("dashboards/tickets", tickets.ticket_list, name="dashboard-tickets"),
    path("dashboards/tickets.csv", tickets.ticket_file, name="dashboard-tickets-file"),
    path("dashboards/tickets/<uuid:sale_id>", ticket.ticket, name="dashboard-ticket"),
]
