"""Masks of which files do not say whether a person made or checked them, and what is said then."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from typing_extensions import override

from tarvis_core.annotation.formats.annotated_video import (
    AnnotatedFrame,
    AnnotatedVideo,
    DatasetReader,
    TargetMask,
)
from tarvis_core.annotation.label_set import LabelSet
from tarvis_core.annotation.track import FrameState
from tarvis_core.sentence import Sentence


class UnsaidMasks(DatasetReader):
    """A data set whose masks with neither state nor score are counted, or said to be right.

    Attributes:
        count: How many such masks were loaded so far.
    """

    def __init__(self, dataset: DatasetReader, *, are_checked: bool) -> None:
        """Make it.

        Args:
            dataset: What is read.
            are_checked: Whether such masks are VERIFIED from here on.
        """
        self._dataset = dataset
        self._are_checked = are_checked
        self.count = 0

    @property
    @override
    def label_set(self) -> LabelSet:
        return self._dataset.label_set

    @override
    def __len__(self) -> int:
        return len(self._dataset)

    @override
    def __getitem__(self, index: int) -> AnnotatedVideo:
        video = self._dataset[index]

        def load(position: int) -> AnnotatedFrame:
            frame = video.load_frame(position)
            return replace(frame, masks={t: self._said(mask) for t, mask in frame.masks.items()})

        return replace(video, load_frame=load)

    @property
    @override
    def extras(self) -> Mapping[str, Any]:
        return self._dataset.extras

    @property
    @override
    def problems(self) -> tuple[Sentence, ...]:
        return self._dataset.problems

    def _said(self, mask: TargetMask) -> TargetMask:
        if mask.state is not None or mask.score is not None:
            return mask
        self.count += 1
        return replace(mask, state=FrameState.VERIFIED) if self._are_checked else mask
