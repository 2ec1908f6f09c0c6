"""The addresses that stand in mails, and the pages about messages."""

from django.urls import path

from mail.views import tracking, unsubscribe

app_name = "mail"
urlpatterns = [
    path("m/o/<str:token>.gif", tracking.open_pixel, name="open"),
    path("m/c/<str:token>/", tracking.click, name="click"),
    path("m/u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
]
