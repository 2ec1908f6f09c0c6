"""The presets by name, and the preset of any other lead file."""

from collections.abc import Callable
from datetime import datetime

from capture.imports import olist, xeducation
from capture.imports.mapping import FileMap, InvalidMapping
from capture.imports.people import people_preset
from capture.imports.presets import LeadFacts, Preset
from capture.imports.table import Table

LeadPreset = Callable[[datetime], Preset[LeadFacts]]

LEAD_PRESETS: dict[str, LeadPreset] = {
    olist.SYSTEM: lambda _now: olist.LEADS,
    xeducation.SYSTEM: lambda now: people_preset(xeducation.MAP, now=now, slug=xeducation.SYSTEM),
}


def mapped_preset(table: Table, file_map: FileMap, now: datetime) -> Preset[LeadFacts]:
    """The preset of a mapping, checked against the columns there are. Raises InvalidMapping."""
    if missing := [name for name in file_map.taken if name not in table.header]:
        raise InvalidMapping(f"The file has no column {', '.join(missing)}. It has: {', '.join(table.header)}.")
    names = {target.field for target in file_map.taken.values()}
    if not names & {"email", "phone", "external_id"}:
        raise InvalidMapping("Say which column holds the e-mail address, the phone number or an id: nobody is named.")
    return people_preset(file_map, now=now)
