"""Addresses of people's own."""

from django.urls import path

from users import views

app_name = "users"
urlpatterns = [path("setup/<str:token>/", views.setup, name="setup")]
