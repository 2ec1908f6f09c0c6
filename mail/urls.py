"""The addresses that stand in mails, and the pages about messages."""

from django.urls import path

from mail import views

app_name = "mail"
urlpatterns = [
    path("m/o/<str:token>.gif", views.open_pixel, name="open"),
    path("m/c/<str:token>/", views.click, name="click"),
    path("m/u/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
