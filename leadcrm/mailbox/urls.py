"""Addresses of the mailbox; there are none where a mail server is named."""

from django.conf import settings
from django.urls import path

from leadcrm.mailbox import views

app_name = "mailbox"
urlpatterns = (
    [
        path("", views.mail_list, name="mail_list"),
        path("empty/", views.mail_empty, name="mail_empty"),
        path("<slug:key>/", views.mail_detail, name="mail_detail"),
        path("<slug:key>/frame/", views.mail_frame, name="mail_frame"),
        path("<slug:key>/source/", views.mail_source, name="mail_source"),
    ]
    if settings.HAS_MAILBOX
    else []
)
