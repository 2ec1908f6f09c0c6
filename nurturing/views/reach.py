"""What every page of a sequence begins with: whoever builds rules may see and change all of them."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from nurturing.models import Sequence, VersionState
from users.access import Right, has_right
from users.requests import PageRequest


def need_builder(request: PageRequest) -> None:
    """Refuse those who write no sequences."""
    if not has_right(request.user, Right.BUILD_RULES):
        raise PermissionDenied("Your role does not write sequences.")


def sequence_at(request: PageRequest, slug: str) -> Sequence:
    """A sequence, 404 where there is none."""
    need_builder(request)
    return get_object_or_404(Sequence.objects.select_related("campaign", "sender"), slug=slug)


def state_of(sequence: Sequence) -> str:
    """Running, paused, or a draft only."""
    if VersionState.PUBLISHED not in {version.state for version in sequence.versions.all()}:
        return "draft"
    return "paused" if sequence.is_paused else "running"
