"""Faults on purpose: the promises of the mail house and the others under crashes and lost lines (`make chaos`)."""
