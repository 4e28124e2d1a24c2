"""Requests by view and status: django-prometheus' own names, counted in one place, few of them.

Labels are views of our URLs and known methods: nobody can make more of them by asking oddly.
"""

import time
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django_prometheus.middleware import Metrics
from prometheus_client import Counter, Histogram

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_VIEW: Final = "<unnamed view>"


class HttpMetrics(Metrics):
    """The library counts twenty things for each request; these answer the questions asked."""

    def register(self) -> None:
        self.responses = self.register_metric(
            Counter,
            "django_http_responses_total_by_status_view_method",
            "Responses by status, view and method.",
            ["status", "view", "method"],
        )
        self.latency = self.register_metric(
            Histogram,
            "django_http_requests_latency_seconds_by_view_method",
            "Time to answer, all middleware included.",
            ["view", "method"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )


class HttpMetricsMiddleware:
    """The outermost: what it times is what the caller waited for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.metrics = HttpMetrics.get_instance()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = (match.view_name if match else None) or NO_VIEW
        method = request.method if request.method in METHODS else "other"
        self.metrics.responses.labels(response.status_code, view, method).inc()
        self.metrics.latency.labels(view, method).observe(time.perf_counter() - began)
        return response
