"""Addresses of people's own."""

from django.urls import path

from users import views

app_name = "users"
urlpatterns = [
    path("setup/<str:token>/", views.setup, name="setup"),
    path("invitation/<slug:uid>/<slug:token>/", views.invitation, name="invitation"),
    path("profile/", views.profile, name="profile"),
]
