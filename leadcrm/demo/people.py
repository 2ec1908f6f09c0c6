"""Invented people at invented companies. All addresses end in .example, which leads nowhere."""

import random
import re
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

Name = tuple[str, str]  # as written, and as spelled in an address


def _words(text: str) -> list[str]:
    return text.split()


US_FIRST = _words("""
    Emily James Olivia Noah Sophia Liam Ava Ethan Grace Mason Priya Arjun Mei Kevin Daniel Maria Carlos Aisha Jamal
    Rebecca Samuel Hannah Brian Nicole Patrick Elena Marcus Tara Victor Joanne Derek Yuki Leila Omar Julia
""")
US_LAST = _words("""
    Carter Bennett Hughes Morales Patel Nguyen Kim Sullivan Brooks Ramirez Chen Foster Reed Coleman Gupta Ortiz Fischer
    Walsh Bailey Tanaka Washington Delgado Okafor Lindgren Abrams Novak Pearson Hayes Rahman Quinn Salazar Moss Whitaker
    Dunn Iyer Feldman
""")
EUROPE = {
    "DE": ("Katharina Jürgen Anja Stefan Jörg", "Müller Weiß Schröder Krämer Vogel Böhm"),
    "FR": ("Élodie Mathieu Chloé Benoît Inès", "Lefèvre Garnier Moreau Dubois Fournier"),
    "NL": ("Sanne Jeroen Marieke Bas", "Jansen Visser Bakker Dekker"),
    "IT": ("Giulia Lorenzo Chiara Matteo", "Rinaldi Ferrara Gallo Marchetti"),
    "ES": ("Lucía Andrés Begoña Íñigo", "Muñoz Ibáñez Castaño Serrano"),
    "PL": ("Agnieszka Łukasz Małgorzata Paweł", "Wójcik Kowalczyk Zieliński Dąbrowska"),
    "SE": ("Åsa Björn Linnéa Håkan", "Sjöberg Lindqvist Åkesson Ekström"),
    "GB": ("Fiona Callum Imogen Rhys", "Ashworth Pemberton Llewellyn MacLeod"),
}
ISRAEL_FIRST: list[Name] = [
    ("נועה", "noa"), ("דנה", "dana"), ("איתי", "itai"), ("יעל", "yael"), ("עומר", "omer"), ("שירה", "shira"),
    ("אורי", "uri"), ("מיכל", "michal"), ("Ирина", "irina"), ("Максим", "maxim"), ("ليلى", "layla"),
]  # fmt: skip
ISRAEL_LAST: list[Name] = [
    ("לוי", "levi"), ("כהן", "cohen"), ("מזרחי", "mizrahi"), ("ברק", "barak"), ("שפירא", "shapira"), ("אלון", "alon"),
    ("פרץ", "peretz"), ("גולן", "golan"), ("רוזן", "rosen"), ("דרור", "dror"),
]  # fmt: skip
ISRAEL_FAMILY = {"irina": ("Соколова", "sokolova"), "maxim": ("Гринберг", "grinberg"), "layla": ("حداد", "haddad")}

COMPANY_FIRST = _words("""
    Alder Amber Anchor Arbor Aspen Beacon Birch Blue Bright Canyon Cedar Clear Cobalt Copper Coral Crest Delta Elm Ember
    Falcon Fern Flint Granite Harbor Hazel Iron Juniper Keel Lantern Larch Linden Maple Mesa North Oak Onyx Opal Orchard
    Pebble Pine Prairie Quarry Raven Ridge River Sage Slate Spruce Stone Summit Tide Timber Valley Willow Wren Zephyr
""")
COMPANY_SECOND = _words("""
    bridge bury craft dale deck desk field flow ford gate grove lane line loop mark metric path pier point port shift
    span stack tally vale wave well wharf works yard
""")
ISRAEL_COMPANIES = _words(
    "Tavor Galil Carmel Arava Negba Yarden Hermon Sharon Gilboa Kineret Golan Shfela Eshkol Arbel"
)
BRANCHES = ["Software", "Cloud", "Systems", "Apps", "Platform", "SaaS", "Online", "Labs"]

REGION_COUNTRIES: dict[str, Sequence[str]] = {
    "us-east": ["US"],
    "us-west": ["US"],
    "europe": sorted(EUROPE),
    "israel": ["IL"],
}
FINANCE_LEADERS = ["CFO", "Chief Financial Officer", "VP Finance", "Finance Director"]
ACCOUNTANTS = ["Controller", "Head of Accounting", "Accounting Manager"]
OTHERS = [
    "Senior Accountant", "Billing Lead", "Accounts Receivable Manager", "Operations Manager", "Product Manager",
    "Office Manager", "Revenue Analyst", "IT Manager",
]  # fmt: skip


@dataclass(frozen=True)
class Company:
    """Where somebody works."""

    name: str
    domain: str
    employees: int
    country: str
    region: str


@dataclass(frozen=True)
class Person:
    """Somebody who leaves details."""

    first_name: str
    last_name: str
    email: str
    job_title: str
    company: Company


class Population:
    """Makes people and companies, no two alike, always the same ones for a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._taken: set[str] = set()

    def company(self, region: str, employees: int) -> Company:
        """A company of a region that did not exist before."""
        country = self.random.choice(REGION_COUNTRIES[region])
        while True:
            name = self._company_name(country)
            domain = f"{_spelled(name)}.example"
            if domain not in self._taken:
                self._taken.add(domain)
                return Company(name, domain, employees, country, region)

    def person(self, company: Company, job_title: str) -> Person:
        """Somebody new at a company."""
        while True:
            first, last = self._name(company.country)
            email = f"{first[1]}.{last[1]}@{company.domain}"
            if email not in self._taken:
                self._taken.add(email)
                return Person(first[0], last[0], email, job_title, company)

    def _company_name(self, country: str) -> str:
        pick = self.random.choice
        if country == "IL":
            return f"{pick(ISRAEL_COMPANIES)} {pick(BRANCHES)}"
        return f"{pick(COMPANY_FIRST)}{pick(COMPANY_SECOND)} {pick(BRANCHES)}"

    def _name(self, country: str) -> tuple[Name, Name]:
        pick = self.random.choice
        if country == "IL":
            first = pick(ISRAEL_FIRST)
            return first, ISRAEL_FAMILY.get(first[1]) or pick(ISRAEL_LAST)
        firsts, lasts = map(_words, EUROPE[country]) if country in EUROPE else (US_FIRST, US_LAST)
        first_name, last_name = pick(firsts), pick(lasts)
        return (first_name, _spelled(first_name)), (last_name, _spelled(last_name))


def _spelled(text: str) -> str:
    """Plain lower-case letters, as in an address."""
    for letter, plain in (("ß", "ss"), ("ł", "l"), ("Ł", "l"), ("ø", "o")):
        text = text.replace(letter, plain)
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", flat.lower())


# Ranges that the authorities keep for films and books: nobody is called by mistake.
PHONES = {"US": "+121255501{:02d}", "GB": "+4420794601{:02d}", "DE": "+493023125{:02d}0", "FR": "+331990001{:02d}"}


def phone_of(person: Person) -> str:
    """A number that rings nowhere, where the country keeps some."""
    pattern = PHONES.get(person.company.country, "")
    return pattern.format(zlib.crc32(person.email.encode()) % 100)
