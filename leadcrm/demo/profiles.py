"""How well companies and people suit the ideal customer of the demo."""

import random
from dataclasses import dataclass, field
from typing import Any, Literal

from leadcrm.demo.people import ACCOUNTANTS, FINANCE_LEADERS, OTHERS, Company, Person, Population

Suits = Literal["ideal", "well", "partly", "little"]
OTHER_INDUSTRIES = ["Logistics", "Wholesale", "Consulting", "Manufacturing", "Hospitality", "Enterprise software"]
PAINS = [
    "Invoices corrected by hand every month",
    "Invoicing in eight currencies takes days",
    "Late invoicing delays payments",
]
OTHER_PAINS = ["Reporting takes too long", "Looking around", "Replacing an old ledger"]


@dataclass(frozen=True)
class Profile:
    """What marketing will find out about a person and the company."""

    industry: str
    company: dict[str, Any] = field(default_factory=dict)
    lead: dict[str, Any] = field(default_factory=dict)


def somebody(population: Population, region: str, suits: Suits) -> Person:
    """A new person at a new company that suits so well."""
    rnd = population.random
    employees = {
        "ideal": rnd.randrange(16, 50) * 10,
        "well": rnd.choice([120, 180, 220, 340, 480, 620]),
        "partly": rnd.choice([110, 140, 160, 240, 380, 700, 900]),
        "little": rnd.choice([100, 120, 130, 650, 1200, 2400]),
    }[suits]
    leaders = rnd.random() < {"ideal": 1.0, "well": 0.6, "partly": 0.4, "little": 0.15}[suits]
    titles = FINANCE_LEADERS if leaders else ACCOUNTANTS + OTHERS
    return population.person(population.company(region, employees), rnd.choice(titles))


def profile(rnd: random.Random, suits: Suits) -> Profile:
    """Ideal ones miss at most a trifle; the others miss more and more."""
    misses = {"ideal": rnd.choice([0, 0, 1]), "well": 3, "partly": 5, "little": 7}[suits]
    traits: dict[str, tuple[Any, Any]] = {
        "digital_transformation": (rnd.choice(["done", "under way"]), "planned"),
        "pricing_model": ("monthly per user", rnd.choice(["yearly licence", "project fees"])),
        "branch_states": ("New York, New Jersey", rnd.choice(["California", "Texas, Florida", ""])),
        "pains": (rnd.choice(PAINS), rnd.choice(OTHER_PAINS)),
        "service_satisfaction": ("dissatisfied", rnd.choice(["satisfied", "neutral"])),
        "has_cdo": (True, False),
    }
    trifles = ["service_satisfaction", "has_cdo"]
    lacking = rnd.sample(trifles if suits == "ideal" else list(traits), min(misses, len(traits)))
    lacking = lacking[:misses]
    company = {key: missing if key in lacking else good for key, (good, missing) in traits.items()}
    is_software = suits == "ideal" or rnd.random() < {"well": 0.7, "partly": 0.4, "little": 0.1}[suits]
    customers = rnd.randrange(1100, 3600, 50) if suits in ("ideal", "well") else rnd.randrange(50, 900, 10)
    return Profile(
        industry="SMB SaaS" if is_software else rnd.choice(OTHER_INDUSTRIES),
        company=_size(rnd, suits) | {key: value for key, value in company.items() if value != ""},
        lead={"customers_per_month": customers},
    )


def _size(rnd: random.Random, suits: Suits) -> dict[str, Any]:
    """Branches and revenue: nobody's rule counts them yet."""
    branches = rnd.randrange(4, 12) if suits == "ideal" else rnd.randrange(1, 6)
    return {"branches": branches, "annual_revenue": rnd.randrange(8, 90) * 1_000_000}


def colleague(population: Population, company: Company) -> Person:
    """Somebody else at a company that is known already."""
    return population.person(company, population.random.choice(OTHERS))
