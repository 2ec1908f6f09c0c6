"""Every address of the house. All need a sign-in but those named in tests/test_access_matrix.py as public."""

from django.contrib import admin
from django.urls import include, path

from leadcrm import docs, health, home
from users.views import choose_language

handler400 = "leadcrm.errors.bad_request"
handler403 = "leadcrm.errors.permission_denied"
handler404 = "leadcrm.errors.page_not_found"
handler500 = "leadcrm.errors.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", home.home, name="home"),
    path("", include("users.urls")),
    path("", include("leads.urls")),
    path("", include("scoring.views.urls")),
    path("", include("nurturing.views.urls")),
    path("", include("reports.urls")),
    path("", include("mail.urls")),
    path("", include("capture.urls")),
    path("settings/", admin.site.urls),
    path("dev/mail/", include("leadcrm.mailbox.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("i18n/language/", choose_language, name="set_language"),
    path("api/v1/", include("leads.api.urls")),
    path("api/v1/", include("scoring.urls")),
    path("api/v1/", include("reports.api.urls")),
    path("api/schema/", docs.Schema.as_view(), name="schema"),
    path("api/docs/", docs.Docs.as_view(url_name="schema"), name="docs"),
]
