"""How far the worker is, after a version or a criterion changed for every lead."""

from dataclasses import dataclass

from leads.models import Lead, LeadScore, Touched
from scoring.models import ModelVersion


@dataclass(frozen=True)
class Progress:
    """So many leads of all are done; what stands aside with an error is not waited for."""

    done: int
    total: int
    is_over: bool

    @property
    def percent(self) -> int:
        """Whole percents, 100 only once all are done."""
        return min(99, 100 * self.done // self.total) if self.total and not self.is_over else 100


def of_version(version: ModelVersion) -> Progress:
    """Leads whose stored score is by this version."""
    if not _waits():
        return Progress(0, 0, is_over=True)
    total = Lead.objects.count()
    done = LeadScore.objects.filter(model=version.model_id, version=version.number).count()
    return Progress(done, total, is_over=done >= total)


def of_all() -> Progress:
    """Leads that do not wait to be judged; for criteria, which leave no mark on a lead."""
    if not _waits():
        return Progress(0, 0, is_over=True)
    total = Lead.objects.count()
    waiting = Touched.objects.filter(error="").count()  # at most a few touches a lead; telling them apart is slow
    return Progress(max(total - waiting, 0), total, is_over=False)


def _waits() -> bool:
    return Touched.objects.filter(error="").exists()
