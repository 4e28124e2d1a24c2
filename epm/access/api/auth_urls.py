from django.urls import path

from epm.access.api import sign_in

urlpatterns = [
    path("login", sign_in.SignIn.as_view(), name="api-login"),
    path("second-factor", sign_in.SecondFactor.as_view(), name="api-second-factor"),
    path("refresh", sign_in.Refresh.as_view(), name="api-refresh"),
    path("logout", sign_in.LogOut.as_view(), name="api-logout"),
]
