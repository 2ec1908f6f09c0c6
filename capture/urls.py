"""The addresses of imports."""

from django.urls import path

from capture.views import imports

app_name = "capture"
urlpatterns = [
    path("import/", imports.import_list, name="import_list"),
    path("import/<int:pk>/", imports.import_detail, name="import_detail"),
    path("import/<int:pk>/read/", imports.import_read, name="import_read"),
    path("import/<int:pk>/map/", imports.import_map, name="import_map"),
    path("import/<int:pk>/check/", imports.import_check, name="import_check"),
    path("import/<int:pk>/run/", imports.import_run, name="import_run"),
    path("import/<int:pk>/report/", imports.import_report, name="import_report"),
    path("import/<int:pk>/refused.csv", imports.import_refused, name="import_refused"),
    path("import/<int:pk>/discard/", imports.import_discard, name="import_discard"),
]
