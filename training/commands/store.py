"""`tarvis-train store`: compute trunk features of clips once."""

import argparse
from pathlib import Path

import torch

from tarvis_core.errors import ConfigError
from tarvis_core.model.backbone import STRIDES, Backbone, load_backbone_weights
from training.commands.evaluate import default_data
from training.commands.train import run_file
from training.davis_frames import read_training_frames
from training.feature_store import FeatureStore
from training.pseudo_clips import PseudoClipSettings
from training.run_config import Precision, read_run_config
from training.store_filling import StoreFiller
from training.train import precision


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run_file", help="the run whose trunk is used: a YAML file, or a name")
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        default=[default_data()],
        help="folders with manifest.json or of DAVIS layout (such as rendered clips)",
    )
    parser.add_argument("--into", type=Path, required=True, help="folder of the stored clips")
    parser.add_argument("--first-round", type=int, default=0)
    parser.add_argument(
        "--rounds", type=int, default=1, help="how many clips are made of each still and video"
    )
    parser.add_argument(
        "--without-academic", action="store_true", help="leave out sources with academic terms"
    )
    parser.add_argument(
        "--only-videos", action="store_true", help="make clips of the videos, none of the stills"
    )
    parser.add_argument(
        "--pairs",
        action="store_true",
        help="make clips of two videos or two stills each, the object of one pasted into the other",
    )
    parser.add_argument(
        "--sources", nargs="+", metavar="NAME", help="take these sources of the data only"
    )
    parser.add_argument(
        "--zoom",
        type=float,
        default=PseudoClipSettings.zoom,
        help="largest size of a still, as a multiple of what covers the frame (default: 1.3)",
    )
    parser.add_argument("--threads", type=int, default=1)


def run(arguments: argparse.Namespace) -> int:
    """Fill the store; what is there already is kept."""
    torch.set_num_threads(arguments.threads)
    config = read_run_config(run_file(arguments.run_file))
    backbone = Backbone(config.model.backbone).eval()
    load_backbone_weights(backbone, Path(config.start.trunk))

    def trunk(frames_TCHW: torch.Tensor) -> dict[int, torch.Tensor]:
        with precision(Precision.BFLOAT16, torch.device("cpu")):
            maps = backbone(frames_TCHW[None])
        own = [stride for stride in STRIDES if stride <= config.model.backbone.last_stride]
        return {stride: maps[place][0] for place, stride in enumerate(own)}

    frames = [
        frame
        for folder in arguments.data
        for frame in read_training_frames(folder, includes_academic=not arguments.without_academic)
    ]
    if arguments.sources:
        frames = [frame for frame in frames if frame.source in arguments.sources]
    if not frames:
        raise ConfigError("no training frames are left; widen --sources or drop --without-academic")
    store = FeatureStore(arguments.into)
    filler = StoreFiller(store, trunk, PseudoClipSettings(zoom=arguments.zoom), config.run.seed)
    for number in range(arguments.first_round, arguments.first_round + arguments.rounds):
        if arguments.pairs:
            filler.fill_pairs(frames, number)
        else:
            filler.fill(frames, number, only_videos=arguments.only_videos)
    return 0
