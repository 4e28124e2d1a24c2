from django.urls import path

from sales.api import (
    approvals,
    mails,
    parked,
    prints,
    reports,
    sessions,
    stored_value,
    target_shares,
    ticket_export,
    ticket_search,
    till_rules,
    till_views,
    views,
)

urlpatterns = [
    path("sales", till_views.Tickets.as_view(), name="api-sales"),
    path("sales/batch", till_views.Batch.as_view(), name="api-sales-batch"),
    path("sales/quote", till_views.Quote.as_view(), name="api-sales-quote"),
    path("sales/<uuid:pk>", views.OneSale.as_view(), name="api-sale"),
    path("registers", sessions.Registers.as_view(), name="api-registers"),
    path(
        "registers/<int:pk>/sessions", sessions.OpenSession.as_view(), name="api-register-sessions"
    ),
    path(
        "registers/<int:pk>/session", sessions.CurrentSession.as_view(), name="api-register-session"
    ),
    path("registers/<int:pk>/session/drawer", sessions.Drawer.as_view(), name="api-drawer"),
    path("registers/<int:pk>/session/x-report", sessions.XReport.as_view(), name="api-x-report"),
    path(
        "registers/<int:pk>/session/x-report.pdf",
        reports.XReportFile.as_view(),
        name="api-x-report-pdf",
    ),
    path("registers/<int:pk>/session/close", sessions.CloseSession.as_view(), name="api-close"),
    path("closings", sessions.Closings.as_view(), name="api-closings"),
    path("closings/<int:pk>", sessions.OneClosing.as_view(), name="api-closing"),
    path("closings/<int:pk>/report.pdf", reports.ClosingFile.as_view(), name="api-closing-pdf"),
    path(
        "registers/<int:pk>/tickets-export",
        ticket_export.TicketsExport.as_view(),
        name="api-tickets-export",
    ),
    path("approvals", approvals.Approvals.as_view(), name="api-approvals"),
    path("parked", parked.ParkedTickets.as_view(), name="api-parked"),
    path("parked/<int:pk>/resume", parked.Resume.as_view(), name="api-parked-resume"),
    path("parked/<int:pk>/discard", parked.Discard.as_view(), name="api-parked-discard"),
    path("discount-reasons", till_rules.DiscountReasons.as_view(), name="api-discount-reasons"),
    path("till-rules", till_rules.TillRules.as_view(), name="api-till-rules"),
    path("tickets", ticket_search.FoundTickets.as_view(), name="api-tickets"),
    path("tickets/<uuid:pk>/prints", prints.Prints.as_view(), name="api-ticket-prints"),
    path("tickets/<uuid:pk>/mail", mails.Mails.as_view(), name="api-ticket-mail"),
    path("tickets/<uuid:pk>/receipt.pdf", prints.ReceiptFile.as_view(), name="api-ticket-receipt"),
    path("targets", views.Targets.as_view(), name="api-targets"),
    path("targets/<int:pk>", views.OneTarget.as_view(), name="api-target"),
    path("targets/shares", target_shares.ShareOut.as_view(), name="api-target-shares"),
    path("footfall", views.Footfall.as_view(), name="api-footfall"),
    path("labour", views.Labour.as_view(), name="api-labour"),
    path("stored-value", stored_value.Issue.as_view(), name="api-stored-value"),
    path("stored-value/balance", stored_value.Balance.as_view(), name="api-stored-value-balance"),
    path("stored-value/block", stored_value.Block.as_view(), name="api-stored-value-block"),
]
