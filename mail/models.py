"""How messages leave and come back: senders, letters with their links, messages, and what was heard of them."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Sender(models.Model):
    """An address we write from, with the rate its mail server takes: a token bucket that every worker draws from."""

    slug = models.SlugField(_("key"), unique=True)
    name = models.CharField(_("name"), max_length=100, help_text=_("Shown as the author of a mail."))
    address = models.EmailField(_("address"))
    reply_to = models.EmailField(_("answers go to"), blank=True)
    is_default = models.BooleanField(_("default"), default=False)
    per_minute = models.PositiveIntegerField(
        _("mails a minute"), default=6000, validators=[MinValueValidator(1)], help_text=_("As many as may leave.")
    )
    burst = models.PositiveIntegerField(
        _("at once"), default=1000, validators=[MinValueValidator(1)], help_text=_("As many as may leave in a row.")
    )
    tokens = models.FloatField(default=0, editable=False)
    refilled_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)
    # The mail server could not be reached: nothing is tried before.
    rests_until = models.DateTimeField(null=True, editable=False)
    rest_reason = models.CharField(max_length=300, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("sender")
        verbose_name_plural = _("senders")
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="sender_one_default"),
            models.CheckConstraint(condition=Q(per_minute__gte=1, burst__gte=1), name="sender_rate_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"


class Letter(models.Model):
    """A mail as it is to leave, before names are put in. Not changed once a message was made from it.

    `series` and `number` say which mail of which sequence it is; activities it brings carry both, and the campaign.
    """

    name = models.CharField(_("name"), max_length=150)
    sender = models.ForeignKey(Sender, models.PROTECT, null=True, blank=True, verbose_name=_("sender"))
    subject = models.CharField(_("subject"), max_length=200)
    preheader = models.CharField(_("preview text"), max_length=200, blank=True)
    html = models.TextField(_("HTML"))
    text = models.TextField(_("text"), blank=True, help_text=_("Empty: made from the HTML."))
    is_tracked = models.BooleanField(_("tracked"), default=True)
    series = models.SlugField(max_length=100, blank=True)
    number = models.PositiveSmallIntegerField(null=True)
    campaign = models.ForeignKey("leads.Campaign", models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(db_default=models.functions.Now(), editable=False)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering: ClassVar = ["series", "number", "id"]

    def __str__(self) -> str:
        return self.name


class Link(models.Model):
    """An address a letter links to, by its place. A click names the place, so nobody can send a reader elsewhere."""

    letter = models.ForeignKey(Letter, models.CASCADE, related_name="links")
    number = models.PositiveSmallIntegerField()
    url = models.CharField(max_length=2000)

    class Meta:
        ordering: ClassVar = ["letter", "number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["letter", "number"], name="link_place_unique")]

    def __str__(self) -> str:
        return self.url


class Purpose(models.TextChoices):
    NURTURE = "nurture", _("Nurture")
    SERVICE = "service", _("Sign-in, invitation, notice")
    TEST = "test", _("Test")


class State(models.TextChoices):
    """planned → claimed → handing → one of the last four, which are final. `uncertain` may later be settled."""

    PLANNED = "planned", _("Planned")
    CLAIMED = "claimed", _("Claimed by a worker")
    HANDING = "handing", _("Being handed over")
    SENT = "sent", _("Accepted by the mail server")
    FAILED = "failed", _("Refused")
    SKIPPED = "skipped", _("Not sent")
    UNCERTAIN = "uncertain", _("Uncertain")


FINAL = (State.SENT, State.FAILED, State.SKIPPED, State.UNCERTAIN)


class Why(models.TextChoices):
    """Why a message was not sent, or is not known to be."""

    NO_ADDRESS = "no_address", _("The lead has no e-mail address")
    NO_CONSENT = "no_consent", _("Never consented to mail")
    WITHDRAWN = "withdrawn", _("Withdrew consent")
    SUPPRESSED = "suppressed", _("Suppressed")
    ARCHIVED = "archived", _("The lead is archived")
    BOUNCED = "bounced", _("The address does not exist")
    REFUSED = "refused", _("The mail server refused it")
    EXPIRED = "expired", _("Not accepted within two days")
    LINE_LOST = "line_lost", _("The line was lost while the mail server answered")
    WORKER_LOST = "worker_lost", _("The worker ended while handing over")
    UNBUILDABLE = "unbuildable", _("The mail could not be made")
    GIVEN_UP = "given_up", _("Given up by a person")


class Message(models.Model):
    """One mail to one person, and where it stands. The row is written with its cause; its key exists once.

    `claim` and `lease_until` say which worker has it. A worker that loses its lease may neither hand over nor record.
    """

    purpose = models.CharField(max_length=10, choices=Purpose)
    dedupe_key = models.CharField(max_length=120, null=True)  # noqa: DJ001
    lead = models.ForeignKey("leads.Lead", models.CASCADE, null=True, related_name="messages", db_index=False)
    letter = models.ForeignKey(Letter, models.PROTECT, null=True, related_name="messages", db_index=False)
    sender = models.ForeignKey(Sender, models.PROTECT, db_index=False)
    to_address = models.CharField(_("to"), max_length=320)
    subject = models.CharField(_("subject"), max_length=300, blank=True)  # of service mail; letters have their own
    # Service mail as it is to leave; gone once its end is known: it may hold a secret.
    raw = models.BinaryField(null=True)
    message_id = models.CharField(max_length=200)  # random, so no index keeps it unique: each costs every update
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    reason = models.CharField(_("why"), max_length=20, choices=Why, blank=True)
    reply = models.CharField(_("the server said"), max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    planned_at = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    is_told = models.BooleanField(default=False)  # whether its delivery or bounce stands among the lead's activities

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dedupe_key"], name="message_once_a_key"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="message_state_known"),
            models.CheckConstraint(condition=Q(purpose__in=Purpose.values), name="message_purpose_known"),
            models.CheckConstraint(
                condition=(Q(state__in=FINAL) & Q(finished_at__isnull=False))
                | (~Q(state__in=FINAL) & Q(finished_at__isnull=True)),
                name="message_final_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["claimed", "handing"]) | Q(claim__isnull=False, lease_until__isnull=False),
                name="message_in_work_has_a_lease",
            ),
            models.CheckConstraint(
                condition=~Q(purpose="nurture") | Q(lead__isnull=False, letter__isnull=False, dedupe_key__isnull=False),
                name="message_nurture_complete",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["sender", "purpose", "due_at"], condition=Q(state="planned"), name="message_due"),
            models.Index(fields=["lease_until"], condition=Q(state__in=["claimed", "handing"]), name="message_leased"),
            models.Index(fields=["id"], condition=Q(state="uncertain"), name="message_uncertain"),
            # Pages list them newest first; only these rows pay for it.
            models.Index(fields=["state", "id"], condition=Q(state__in=["skipped", "failed"]), name="message_not_sent"),
            models.Index(
                fields=["id"],
                condition=Q(is_told=False, purpose="nurture", state__in=["sent", "failed"]),
                name="message_untold",
            ),
            models.Index(fields=["lead", "-id"], name="message_lead"),
            models.Index(fields=["letter"], name="message_letter"),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.to_address}"


class Waiting(models.Model):
    """A message being handed over whose content has provably not begun to leave.

    The table is unlogged: a crash of the database empties it, and then nothing is proved. Whoever deletes the row may
    go on: the worker before the content leaves, or the sweeper that gives back what a dead worker never began.
    """

    message_id = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return str(self.message_id)


class Settlement(models.Model):
    """What a person said became of an uncertain message. Append-only; written by the flow that settles."""

    class Verdict(models.TextChoices):
        ARRIVED = "arrived", _("It arrived")
        AGAIN = "again", _("It did not: sent again")
        LEFT = "left", _("Left as it is")

    message = models.ForeignKey(Message, models.CASCADE, related_name="settlements")
    verdict = models.CharField(max_length=10, choices=Verdict)
    was = models.CharField(max_length=20, choices=Why, blank=True)
    by = models.ForeignKey("users.User", models.SET_NULL, null=True)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(verdict__in=["arrived", "again", "left"]), name="settlement_known"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.verdict}"


class Hit(models.Model):
    """A pixel that was loaded or a link that was followed, exactly as it came; judged a little later (R32)."""

    class Kind(models.TextChoices):
        OPEN = "open", _("Opened")
        CLICK = "click", _("Clicked")

    message = models.ForeignKey(Message, models.CASCADE, related_name="hits", db_index=False)
    kind = models.CharField(max_length=5, choices=Kind)
    link_number = models.PositiveSmallIntegerField(null=True)
    at = models.DateTimeField()
    method = models.CharField(max_length=7, default="GET")
    agent = models.CharField(max_length=300, blank=True)
    origin = models.CharField(max_length=32, blank=True)  # a keyed digest of the address it came from
    is_prefetch = models.BooleanField(default=False)
    verdict = models.SmallIntegerField(null=True)  # leads.models.Evidence
    reason = models.CharField(max_length=30, blank=True)

    class Meta:
        verbose_name = _("hit")
        verbose_name_plural = _("hits")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=["open", "click"]), name="hit_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="open", link_number__isnull=True) | Q(kind="click", link_number__isnull=False),
                name="hit_click_names_a_link",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["at"], condition=Q(verdict__isnull=True), name="hit_unjudged"),
            models.Index(fields=["message", "at"], name="hit_message"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"
