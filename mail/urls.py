"""The addresses that stand in mails, and the pages about messages."""

from django.urls import path

from mail.views import messages, tracking, unsubscribe

app_name = "mail"
urlpatterns = [
    path("m/o/<str:token>.gif", tracking.open_pixel, name="open"),
    path("m/c/<str:token>/", tracking.click, name="click"),
    path("m/u/<str:token>/", unsubscribe.unsubscribe, name="unsubscribe"),
    path("mail/", messages.message_list, name="message_list"),
    path("mail/settle/", messages.message_settle, name="message_settle"),
    path("leads/<int:pk>/mail/", messages.lead_mail, name="lead_mail"),
]
