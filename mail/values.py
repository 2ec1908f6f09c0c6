"""What stands in a letter for each name it may use: one place for what leaves and for what is shown before."""


def values_of(
    *, first_name: str, last_name: str, job_title: str, company: str, campaign: str, email: str
) -> dict[str, str]:
    """The values of one person's merge names; the sender's and the addresses of ours are added when it is written."""
    return {
        "first_name": first_name,
        "last_name": last_name,
        "full_name": f"{first_name} {last_name}".strip(),
        "job_title": job_title,
        "company": company,
        "campaign": campaign,
        "email": email,
    }
