"""Show times in the zone of the person who looks."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

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
