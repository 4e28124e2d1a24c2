"""How the REST API behaves."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "epm.access.authentication.ApiKeyAuthentication",
        "epm.access.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["epm.access.authentication.MayRead"],
    "DEFAULT_RENDERER_CLASSES": ["epm.platform.renderers.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["epm.platform.parsers.JsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "epm.platform.renderers.PlainNegotiation",
    "DEFAULT_SCHEMA_CLASS": "epm.platform.openapi.Schema",
    "DEFAULT_THROTTLE_CLASSES": [],
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "epm.platform.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "LIST_SERIALIZER_ERRORS_AS_DICT": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "EPM Retail",
    "DESCRIPTION": (
        "The back office of a chain of stores. Send an API key in the header `apikey`, a token"
        " as `Authorization: Bearer …`, or sign in."
        " Amounts and quantities are strings of decimals; null means unknown, never zero."
        " What lies outside your stores is answered like what does not exist."
    ),
    "VERSION": "1",
    "LICENSE": {"name": "Apache-2.0"},
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "DispositionEnum": "sales.models.Disposition",
        "LineKindEnum": "sales.models.LineKind",
        "RefundRuleEnum": "sales.models.RefundRule",
        "TenderKindEnum": "sales.models.TenderKind",
        "MovementKindEnum": "inventory.models.MovementKind",
        "PriceListKindEnum": "inventory.models.ListKind",
        "PostingKindEnum": "inventory.api.stock_bodies.SOLD_OR_BACK",
        "StockAlertKindEnum": "inventory.models.StockAlertKind",
        "StockAlertStateEnum": "inventory.states.StockAlertState",
        "StoredValueKindEnum": "sales.models.StoredValueKind",
        "StocktakeKindEnum": "inventory.models.StocktakeKind",
        "ReservationStateEnum": "inventory.states.ReservationState",
        "PurchaseOrderStateEnum": "inventory.states.PurchaseOrderState",
        "TransferStateEnum": "inventory.states.TransferState",
        "StocktakeStateEnum": "inventory.states.StocktakeState",
        "RegisterSessionStateEnum": "sales.states.RegisterSessionState",
        "DrawerMovementKindEnum": "sales.models.DrawerMovementKind",
        "ClosingKindEnum": "sales.models.ClosingKind",
        "PhasingEnum": "sales.models.Phasing",
        "SharePhasingEnum": "sales.api.target_shares.PHASINGS",
    },
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api(/v[0-9]+)?",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": False, "validatorUrl": None},
    "REDOC_DIST": "SIDECAR",
}
DRF_STANDARDIZED_ERRORS: dict[str, Any] = {}
