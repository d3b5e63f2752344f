"""Running weights over a benchmark: shared out over ranks, going on where it stopped."""

import hashlib
import json
import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tarvis_core.annotation.formats.annotated_video import AnnotatedVideo, DatasetReader
from tarvis_core.annotation.formats.annotation_format import ReadOptions
from tarvis_core.annotation.formats.format_list import format_by_id
from tarvis_core.annotation.formats.loss import LossKind
from tarvis_core.annotation.formats.write_job import Content, WriteOptions
from tarvis_core.annotation.label_set import load_label_set
from tarvis_core.errors import ConfigError
from tarvis_core.inference.engine import InferenceEngine
from tarvis_core.inference.settings import ClipSettings, InferenceSettings, Precision
from tarvis_core.model.behaviour import Behaviour
from training.benchmark.answers import Asker
from training.benchmark.benchmark_list import BENCHMARKS, Benchmark, Question
from training.benchmark.predictions import PredictedDataset
from training.benchmark.scores import BenchmarkScores, has_truth, score
from training.distributed import Ranks

logger = logging.getLogger(__name__)

ANSWERS = "answers"
SUBMISSION = "submission"
RUN_FILE = "run.json"
ALL_SPLITS = "all"


@dataclass(frozen=True)
class BenchmarkRun:
    """What is run on what."""

    benchmark: str
    """One of `BENCHMARKS`."""
    data: Path
    """The data set's folder or annotation file."""
    weights: Path
    output: Path
    """Folder of answers, submission and scores."""
    images: Path | None = None
    """Folder of the images, where they are not in the format's usual place."""
    split: str | None = None
    """None for the benchmark's own, `ALL_SPLITS` for the whole folder."""
    first_frames: Path | None = None
    """BURST's file of first masks and points, if not those of the annotations are given."""
    exemplars: Question | None = None
    """VOS or PET; None for the benchmark's own."""
    clips: ClipSettings | None = None
    """None for those of the published numbers."""
    behaviour: Behaviour = Behaviour.INTENDED
    precision: Precision = Precision.AUTO
    max_videos: int | None = None
    """The first so many videos only."""

    @property
    def asked(self) -> Benchmark:
        """The benchmark with this run's changes.

        Raises:
            ConfigError: There is no such benchmark, or it is not about objects.
        """
        if self.benchmark not in BENCHMARKS:
            known = ", ".join(BENCHMARKS)
            raise ConfigError(f"there is no benchmark {self.benchmark}; known are {known}")
        benchmark = BENCHMARKS[self.benchmark]
        if self.exemplars is not None:
            if benchmark.question.is_about_classes:
                raise ConfigError(f"{self.benchmark} searches classes; it is given no exemplars")
            benchmark = replace(benchmark, question=self.exemplars)
        split = None if self.split == ALL_SPLITS else self.split or benchmark.split
        return replace(benchmark, clips=self.clips or benchmark.clips, split=split)

    def fingerprint(self) -> dict[str, str]:
        """What must be the same for a run to go on."""
        weights = hashlib.sha256(self.weights.read_bytes()).hexdigest()
        asked = self.asked
        return {
            "benchmark": self.benchmark,
            "data": str(self.data.resolve()),
            "split": str(asked.split),
            "weights": weights,
            "question": asked.question.value,
            "clips": str(asked.clips),
            "behaviour": self.behaviour.value,
            "precision": self.precision.value,
            "first frames": str(self.first_frames.resolve() if self.first_frames else None),
        }


def evaluate_benchmark(run: BenchmarkRun, ranks: Ranks) -> BenchmarkScores | None:
    """Ask about every video that has no answer yet; then write scores and submission.

    Args:
        run: What is run.
        ranks: The processes that share the videos; the first one writes scores and submission.

    Returns:
        On the first rank the scores, unless the data set holds no truth; on the others none.

    Raises:
        ConfigError: The weights do not fit, or the folder holds another run.
        FormatError: The data set is damaged or lacks images.
    """
    truth = open_benchmark(run)
    num_videos = min(len(truth), run.max_videos or len(truth))
    paths = [_answer_path(run.output, truth[i], i) for i in range(num_videos)]
    if ranks.is_first:
        _prepare(run)
    open_indices = [i for i, path in enumerate(paths) if not path.is_file()]
    pending = ranks.gathered(open_indices if ranks.is_first else [])
    if ranks.is_first:
        logger.info("%d of %d videos are left to be run", len(pending), num_videos)
    _answer(run, truth, paths, pending, ranks)
    ranks.gathered([ranks.rank])  # all answers are on disk from here on
    if not ranks.is_first:
        return None
    return _hand_in(run, truth, PredictedDataset(truth, paths))


def open_benchmark(run: BenchmarkRun) -> DatasetReader:
    """The data set of a run.

    Raises:
        ConfigError: It holds no videos.
        FormatError: It is not there or damaged.
    """
    benchmark = run.asked
    options = ReadOptions(
        image_folder=run.images,
        label_set=load_label_set(benchmark.label_set) if benchmark.label_set else None,
        split=benchmark.split,
    )
    reader = format_by_id(benchmark.format_id).read(run.data, options)
    if len(reader) == 0:
        raise ConfigError(f"{run.data} holds no videos of {benchmark.name}")
    return reader


def _answer(
    run: BenchmarkRun, truth: DatasetReader, paths: Sequence[Path], pending: list[int], ranks: Ranks
) -> None:
    """Ask about this rank's share of the videos; an answer is on disk before the next video."""
    indices = ranks.share(pending)
    if not indices:
        return
    benchmark = run.asked
    settings = InferenceSettings(
        clip=benchmark.clips, behaviour=run.behaviour, precision=run.precision
    )
    asker = Asker(InferenceEngine.load(run.weights, str(ranks.device), settings), benchmark)
    cues = _cues(run)
    begin = time.perf_counter()
    for done, index in enumerate(indices):
        video = truth[index]
        asker.ask(video, cues.get(video.name)).save(paths[index])
        spent = time.perf_counter() - begin
        left = spent / (done + 1) * (len(indices) - done - 1)
        logger.info(
            "%s: %d of %d videos, %.0f minutes left", video.name, done + 1, len(indices), left / 60
        )


def _hand_in(
    run: BenchmarkRun, truth: DatasetReader, predicted: DatasetReader
) -> BenchmarkScores | None:
    """Write the submission, and the scores if there is a truth."""
    benchmark = run.asked
    report = format_by_id(benchmark.format_id).write(
        predicted,
        run.output / SUBMISSION,
        WriteOptions(Content.RESULTS, split=benchmark.split or "val"),
    )
    for loss in report.losses:
        if loss.kind is not LossKind.SCORES:  # a format without scores is submitted without
            logger.warning("submission: %s", loss.message)
    logger.info("wrote %d files of the submission", len(report.files))
    if not has_truth(benchmark, truth):
        logger.info("%s says no more than what the network was given: no scores", run.data)
        return None
    scores = score(benchmark, truth, predicted)
    scores.write(run.output)
    return scores


def _cues(run: BenchmarkRun) -> dict[str, AnnotatedVideo]:
    """Videos of the file of first masks and points by name, if the run has one."""
    if run.first_frames is None:
        return {}
    reader = format_by_id(run.asked.format_id).read(run.first_frames)
    return {video.name: video for video in reader}


def _prepare(run: BenchmarkRun) -> None:
    """Make the output folder, or see that what is there is of the same run.

    Raises:
        ConfigError: It is of another run.
    """
    (run.output / ANSWERS).mkdir(parents=True, exist_ok=True)
    path, wanted = run.output / RUN_FILE, run.fingerprint()
    if not path.is_file():
        path.write_text(json.dumps(wanted, indent=1), "utf-8")
        return
    found = json.loads(path.read_text("utf-8"))
    other = [key for key, value in wanted.items() if found.get(key) != value]
    if other:
        raise ConfigError(
            f"{run.output} holds another evaluation ({other[0]} was {found.get(other[0])}, is "
            f"{wanted[other[0]]}); name another --output, or delete that folder"
        )


def _answer_path(output: Path, video: AnnotatedVideo, index: int) -> Path:
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", video.name)[-80:]
    return output / ANSWERS / f"{index:05d}_{name}.json"
