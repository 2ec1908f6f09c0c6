"""One line of a lead's timeline."""

from rest_framework import serializers

from leads.api.serializers.fields import Moment, Values


class EntryOut(serializers.Serializer):
    """What happened, when, by whom."""

    at = Moment()
    kind = serializers.CharField()
    title = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    data = Values()  # type: ignore[assignment]


class TimelineOut(serializers.Serializer):
    """A slice, newest first. `next` is the address of what comes earlier, null at the end."""

    next = serializers.URLField(allow_null=True)
    results = EntryOut(many=True)
