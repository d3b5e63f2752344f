"""Whether weights know a label set, and what helps where they do not."""

from tarvis_core.annotation.label_set import LabelSet, load_label_set
from tarvis_core.errors import ConfigError
from tarvis_core.inference.weights_catalog import weights_that_know
from tarvis_core.model.model_config import ModelConfig
from tarvis_core.sentence import Sentence


def known_label_set(config: ModelConfig, name: str) -> LabelSet:
    """The label set of this name, if weights of this configuration can find its classes.

    Raises:
        ConfigError: They do not know it, and the message says which weights do; or they were made
            for another list of classes of that name.
    """
    num_rows = {known.name: known.num_classes for known in config.label_sets}
    if name not in num_rows:
        raise ConfigError(
            "these weights do not know the label set “{wanted}”; they know: {known}. {remedy} "
            "(`tarvis models list`)",
            wanted=name,
            known=", ".join(num_rows) or Sentence("none"),
            remedy=_remedy(name),
        )
    label_set = load_label_set(name)
    if num_rows[name] != len(label_set):
        raise ConfigError(
            "the weights have {num_rows} classes for “{name}”, its class list {num_classes}; "
            "these weights were made for another list",
            num_rows=num_rows[name],
            name=name,
            num_classes=len(label_set),
        )
    return label_set


def _remedy(wanted: str) -> Sentence:
    others = weights_that_know(wanted)
    if not others:
        return Sentence("No weights that this program knows of know it")
    return Sentence("Weights that know it: {names}", names=", ".join(others))
