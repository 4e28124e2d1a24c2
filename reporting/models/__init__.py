from reporting.models.facts import StoreDay
from reporting.models.freshness import DataChange, DataVersion, StockChange
from reporting.models.goods import (
    GoodsMonth,
    GoodsTree,
    StoreDayCategory,
    StoreMonthCategory,
    StoreMonthProduct,
)
from reporting.models.saved_view import SavedView
from reporting.models.views import (
    MonthlyCategoryRevenue,
    MonthlyProductRank,
    MonthlyStoreRevenue,
    ViewRefresh,
)

__all__ = [
    "DataChange",
    "DataVersion",
    "GoodsMonth",
    "GoodsTree",
    "MonthlyCategoryRevenue",
    "MonthlyProductRank",
    "MonthlyStoreRevenue",
    "SavedView",
    "StockChange",
    "StoreDay",
    "StoreDayCategory",
    "StoreMonthCategory",
    "StoreMonthProduct",
    "ViewRefresh",
]
