"""A form of a part of a draft."""

from leads.forms import seen
from scoring.draft import InvalidRule, NotADraft


class SeenForm(seen.SeenForm):
    """It tells as what its thing was seen, and shows what a flow refused."""

    def refuse(self, refused: InvalidRule | NotADraft) -> None:
        """Show what a flow refused, each thing at its field."""
        errors = refused.errors if isinstance(refused, InvalidRule) else {"": str(refused)}
        for field, why in errors.items():
            self.add_error(field if field in self.fields else None, why)
