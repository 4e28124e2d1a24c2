from reporting.models.facts import StoreDay
from reporting.models.views import MonthlyStoreRevenue, ViewRefresh

__all__ = ["MonthlyStoreRevenue", "StoreDay", "ViewRefresh"]
