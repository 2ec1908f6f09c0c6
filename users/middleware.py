"""Show pages in the zone and the language of the person who looks."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from users.models import Organisation, User


class ViewerTimeZone:
    """Activate the signed-in user's zone, else the organisation's, for the pages (not the API, which speaks UTC)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            return self.get_response(request)
        user = request.user
        if isinstance(user, User):
            name = user.time_zone or Organisation.load().time_zone
            with timezone.override(ZoneInfo(name)):
                return self.get_response(request)
        return self.get_response(request)


class ViewerLanguage:
    """Speak the language the signed-in user chose; without one stays what cookie or browser said (LocaleMiddleware)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):
            return self.get_response(request)
        language = getattr(request.user, "language", "")
        if language not in dict(settings.LANGUAGES):
            return self.get_response(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", language)
            return response
