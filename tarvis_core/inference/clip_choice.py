"""How a video is cut into clips and how large its frames are, by what is asked."""

from dataclasses import dataclass, replace

from tarvis_core.inference.settings import ClipSettings, InferenceSettings, search_settings
from tarvis_core.model.behaviour import Behaviour
from tarvis_core.video.clip import ClipGrid


@dataclass(frozen=True)
class ClipChoice:
    """Chooses among what was set and what the weights were made for."""

    settings: InferenceSettings
    made_for: ClipSettings
    """What the weights were made for; holds where the settings leave it open."""

    @property
    def for_tracking(self) -> ClipSettings:
        """How videos are cut for tracking."""
        return self.settings.clip or self.made_for

    @property
    def grid(self) -> ClipGrid:
        """The clips that all runs over a video meet, as long as memory suffices."""
        return ClipGrid(self.for_tracking.length, self.for_tracking.overlap)

    @property
    def for_clicks(self) -> tuple[ClipSettings, ...]:
        """How the network sees a frame where its clicks are answered, the quick look first.

        Empty if as in clips.
        """
        first = self._first_look
        if first is None:
            return ()
        further = [
            replace(first, shorter_side=view.side, is_mirrored=view.is_mirrored)
            for view in self.settings.click_views or ()
        ]
        return (first, *further)

    def for_search(self, label_set: str) -> ClipSettings:
        """How videos are cut for class search: as for tracking, so that features are shared.

        Only where the published behaviour is asked for, as the label set's benchmark cuts them.
        """
        if self.settings.clip is None and self.settings.behaviour is Behaviour.PUBLISHED:
            return search_settings(label_set).clip
        return self.for_tracking

    @property
    def _first_look(self) -> ClipSettings | None:
        side, clip = self.settings.click_side, self.for_tracking
        is_published = self.settings.behaviour is Behaviour.PUBLISHED
        if not side or is_published or clip.shorter_side is None or clip.shorter_side >= side:
            return None
        return replace(clip, shorter_side=side, least_side=None)
