"""What helps when a run fails: smaller clips, the processor's memory, fewer targets, others."""

from PySide6.QtCore import QObject, Slot

from tarvis_app.actions import Actions
from tarvis_app.conduct.class_search import ClassSearch
from tarvis_app.notifications import Remedy
from tarvis_app.segmentation.requests import FindRequest, JobEnd, ModelChoice, RunRequest
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.settings import MAX_REDUCTION, Settings

PROCESSOR = "cpu"


class RunRemedies(QObject):
    """Offers what a person can do about the end of a run.

    The engine makes clips shorter and frames smaller by itself before it gives up. What is left is
    to begin with the smallest, in fresh memory; another device; one target at a time; or a smaller
    network. A class search is asked anew with what is picked when the button is pressed.
    """

    def __init__(
        self,
        runs: Runs,
        search: ClassSearch,
        service: SegmentationService,
        settings: Settings,
        actions: Actions,
    ) -> None:
        super().__init__(runs)
        self._search = search
        self._was_search = False
        self._runs = runs
        self._service = service
        self._settings = settings
        self._actions = actions

    def for_end(self, end: JobEnd) -> list[Remedy]:
        """The buttons of the message about this end."""
        self._was_search = isinstance(end.job, FindRequest)
        if not end.is_out_of_memory:
            return [Remedy(self.tr("Try again"), self.repeat)]
        remedies = []
        if self._settings.reduction < MAX_REDUCTION:
            text = self.tr("Shorter clips, smaller frames")
            remedies.append(Remedy(text, self.repeat_smaller))
        if not self._service.model.device.startswith(PROCESSOR):
            remedies.append(Remedy(self.tr("Use the CPU"), self.repeat_on_processor))
        if isinstance(end.job, RunRequest) and _num_targets(end.job) > 1:
            remedies.append(Remedy(self.tr("One target at a time"), self._runs.repeat_singly))
        remedies.append(Remedy(self.tr("Models…"), self._actions["model.choose"].trigger))
        return remedies

    @Slot()
    def repeat(self) -> None:
        """Ask again for what failed last."""
        if self._was_search:
            self._search.start()
        else:
            self._runs.repeat()

    @Slot()
    def repeat_smaller(self) -> None:
        """Use the smallest clips from now on, and start the run again with them."""
        self._settings.reduction = MAX_REDUCTION
        self._service.choose_model(ModelChoice.of(self._settings))
        self.repeat()

    @Slot()
    def repeat_on_processor(self) -> None:
        """Use the processor from now on, and start the run again there."""
        self._settings.device = PROCESSOR
        self._service.choose_model(ModelChoice.of(self._settings))
        self.repeat()


def _num_targets(job: RunRequest) -> int:
    return max(len(step.wanted) for step in job.steps)
