"""The released networks with weights that are a formula of the name (fixtures/README.md, 1)."""

import functools
import importlib.util
import json
from pathlib import Path

import torch

from tarvis_core.model.checkpoint import load_strictly
from tarvis_core.model.official_checkpoint import deduce_config, rename_tensors
from tarvis_core.model.tarvis import TarVis


@functools.cache
def formula_network(specification: Path, name: str, salt: int = 0) -> TarVis:
    """A released network, ready for inference.

    Args:
        specification: The folder `tarvis-spec` of the reference material.
        name: Such as "resnet50".
        salt: As the fixture's `meta` says.
    """
    manifest_path = specification / f"state_dict_manifest_{name}.json"
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    rule_path = specification / "fixtures" / "parity_weights.py"
    spec = importlib.util.spec_from_file_location("parity_weights", rule_path)
    rule = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rule)
    values = rule.fill_state_dict(manifest, salt=salt)
    official = {parameter: torch.from_numpy(value) for parameter, value in values.items()}
    config = deduce_config(official, manifest_path)
    model = TarVis(config)
    load_strictly(model, rename_tensors(official, config.label_sets), manifest_path)
    return model.eval()
