"""Setting up an empty installation."""

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from users.forms import SetupForm
from users.setup import SetupOver, check_link, open_installation


@never_cache
@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first administrator and sign them in; not there (404) once there is one."""
    form = SetupForm(request.POST or None)
    try:
        check_link(token)
        if request.method == "POST" and form.is_valid():
            user = open_installation(token, **form.cleaned_data)
            login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
            return redirect("home")
    except SetupOver:
        raise Http404 from None
    return render(request, "users/setup.html", {"form": form}, status=422 if form.errors else 200)
