"""Class search as a person asks for it: what is picked now, as soon as the network is there."""

from PySide6.QtCore import QObject, Signal, Slot

from tarvis_app.document.document import Document
from tarvis_app.panels.class_picker import ClassPicker
from tarvis_app.segmentation.requests import ModelState, ModelStatus
from tarvis_app.segmentation.run_forecast import RunForecast
from tarvis_app.segmentation.runs import Runs
from tarvis_app.segmentation.segmentation_service import SegmentationService
from tarvis_app.view_state import ViewState
from tarvis_core.annotation.segmentation import ClassRequest


class ClassSearch(QObject):
    """Starts a search for the picked classes in the range.

    Only the loaded network knows which classes it has. A search that is asked before waits for
    it, and then asks for what is picked by then.

    Signals:
        weights_missing: A search waited for a network, and there is none.
    """

    weights_missing = Signal()

    def __init__(
        self,
        picker: ClassPicker,
        view_state: ViewState,
        runs: Runs,
        service: SegmentationService,
        forecast: RunForecast,
    ) -> None:
        super().__init__(runs)
        self._picker = picker
        self._view_state = view_state
        self._runs = runs
        self._service = service
        self._forecast = forecast
        self._is_waiting = False
        picker.chosen_changed.connect(self._forecast_search)

    @property
    def is_waiting(self) -> bool:
        """Whether a search starts as soon as the network is there."""
        return self._is_waiting

    def follow(self, document: Document) -> None:
        """Hear of the network, after the picker did, and of other projects."""
        self._service.model_changed.connect(self._follow_model)
        document.project_opened.connect(self._forget)

    @Slot()
    def _forecast_search(self) -> None:
        self._forecast.search(self._picker.label_set)

    @Slot()
    def start(self) -> None:
        """Look for the picked classes in the range, now or when the network is there."""
        if self._service.model.state is not ModelState.READY:
            self._wait(is_waiting=True)
            self._service.warm_up()
        elif self._picker.knows_classes:
            self._begin()

    def _begin(self) -> None:
        picker, (first, last) = self._picker, self._view_state.range
        self._runs.find_classes(
            ClassRequest(picker.label_set, picker.task, first, last, picker.categories)
        )

    def _wait(self, *, is_waiting: bool) -> None:
        self._is_waiting = is_waiting
        self._picker.note_search(is_waiting=is_waiting)

    @Slot()
    def _forget(self) -> None:
        """Another project: what is picked stays, and is seen."""
        self._picker.classes.list_all()
        self._wait(is_waiting=False)

    @Slot(object)
    def _follow_model(self, status: ModelStatus) -> None:
        if not self._is_waiting or status.state in (ModelState.UNLOADED, ModelState.LOADING):
            return
        self._wait(is_waiting=False)
        if status.state is ModelState.READY:
            self.start()
        elif status.state is ModelState.MISSING:
            self.weights_missing.emit()
