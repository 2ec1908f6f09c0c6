"""The API's own description and the page that shows it."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib.auth.decorators import login_required
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated


class Schema(SpectacularAPIView):
    """OpenAPI of everything under /api/v1/."""

    permission_classes = (IsAuthenticated,)


# The page brings styles in its markup and draws with data: images; its script comes from an address of its own.
@method_decorator(csp_update({"style-src": ["'unsafe-inline'"], "img-src": [SELF, "data:"]}), name="dispatch")
@method_decorator(login_required, name="dispatch")
class Docs(SpectacularSwaggerSplitView):
    """The schema to read and try."""

    permission_classes = (IsAuthenticated,)
