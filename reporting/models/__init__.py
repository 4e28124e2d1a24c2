from reporting.models.facts import StoreDay
from reporting.models.freshness import DataChange, DataVersion
from reporting.models.saved_view import SavedView
from reporting.models.views import MonthlyStoreRevenue, ViewRefresh

__all__ = [
    "DataChange",
    "DataVersion",
    "MonthlyStoreRevenue",
    "SavedView",
    "StoreDay",
    "ViewRefresh",
]
