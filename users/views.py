"""Setting up an empty installation, coming in by an invitation, and one's own profile."""

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import check_for_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.i18n import set_language

from users.accounts import Profile, change_profiles
from users.forms import InvitationForm, ProfileForm, SetupForm
from users.invitations import InvitationOver, accept_invitation, invited
from users.models import User
from users.requests import PageRequest
from users.setup import SetupOver, check_link, open_installation

PASSWORD_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


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
            login(request, user, backend=PASSWORD_BACKEND)
            return redirect("home")
    except SetupOver:
        raise Http404 from None
    return render(request, "users/setup.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Choose the first password and be signed in."""
    if limited := consume_or_429(request, action="invitation"):
        return limited
    try:
        person = invited(uid, token)
        form = InvitationForm(request.POST if request.method == "POST" else None, user=person)
        if form.is_valid():
            person = accept_invitation(uid, token, **form.cleaned_data)
            login(request, person, backend=PASSWORD_BACKEND)
            return redirect("home")
    except InvitationOver:
        return render(request, "users/invitation_over.html", status=410)
    return render(
        request, "users/invitation.html", {"form": form, "invited": person}, status=422 if form.errors else 200
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: PageRequest) -> HttpResponse:
    """Name, time zone and language of the person signed in."""
    person = request.user
    known = {name: getattr(person, name) for name in ("name", "time_zone", "language")}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid():
        change_profiles({person.pk: Profile(**form.cleaned_data)})
        with override(form.cleaned_data["language"] or None):
            messages.success(request, _("Profile saved"))
        return redirect("users:profile")
    return render(request, "users/profile.html", {"form": form}, status=422 if form.errors else 200)


@login_not_required
def choose_language(request: HttpRequest) -> HttpResponse:
    """The language buttons: kept in a cookie, and with the person where one is signed in."""
    response = set_language(request)
    code = request.POST.get("language", "")
    person = request.user
    if isinstance(person, User) and check_for_language(code):
        change_profiles({person.pk: Profile(name=person.name, time_zone=person.time_zone, language=code)})
    return response
