"""Which deals a user may see and write. They follow the lead; those of another system follow the company."""

from django.db.models import Q, QuerySet

from leads.access import companies_for_user, leads_for_user
from leads.models import Opportunity
from users.access import Reach, access_of
from users.models import User


def opportunities_for_user(user: User, verb: str = "read") -> QuerySet[Opportunity]:
    """Deals the user may "read" or "write". Marketers write none; those of another system are nobody's to write."""
    access = access_of(user)
    if verb == "write":
        if access.write == Reach.MARKETING:
            return Opportunity.objects.none()
        ours = Opportunity.objects.filter(lead__isnull=False, system="")
        return ours if access.write == Reach.ALL else ours.filter(lead__in=leads_for_user(user, "write"))
    if access.read == Reach.ALL:
        return Opportunity.objects.all()
    return Opportunity.objects.filter(
        Q(lead__in=leads_for_user(user)) | Q(lead__isnull=True, company__in=companies_for_user(user))
    )
