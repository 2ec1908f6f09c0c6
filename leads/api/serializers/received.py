"""Answers that say no more than what was done."""

from rest_framework import serializers


class Received(serializers.Serializer):
    """Taken; nothing is told of what became of it."""

    received = serializers.BooleanField()


class Recorded(serializers.Serializer):
    """How many facts were new and how many were known by their external id."""

    recorded = serializers.IntegerField()
    known = serializers.IntegerField()
