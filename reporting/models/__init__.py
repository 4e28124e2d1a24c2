from reporting.models.facts import StoreDay
from reporting.models.freshness import DataChange, DataVersion
from reporting.models.views import MonthlyStoreRevenue, ViewRefresh

__all__ = ["DataChange", "DataVersion", "MonthlyStoreRevenue", "StoreDay", "ViewRefresh"]
