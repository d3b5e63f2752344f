"""Whether weights know a label set, and what helps where they do not."""

from tarvis_core.annotation.label_set import LabelSet, load_label_set
from tarvis_core.errors import ConfigError
from tarvis_core.inference.weights_catalog import weights_that_know
from tarvis_core.model.model_config import ModelConfig


def known_label_set(config: ModelConfig, name: str) -> LabelSet:
    """The label set of this name, if weights of this configuration can find its classes.

    Raises:
        ConfigError: They do not know it, and the message says which weights do; or they were made
            for another list of classes of that name.
    """
    num_rows = {known.name: known.num_classes for known in config.label_sets}
    if name not in num_rows:
        raise ConfigError(_remedy(name, tuple(num_rows)))
    label_set = load_label_set(name)
    if num_rows[name] != len(label_set):
        raise ConfigError(
            f"the weights have {num_rows[name]} classes for “{name}”, its class list "
            f"{len(label_set)}; these weights were made for another list"
        )
    return label_set


def _remedy(wanted: str, known: tuple[str, ...]) -> str:
    others = ", ".join(weights_that_know(wanted))
    remedy = (
        f"Weights that know it: {others}"
        if others
        else "No weights that this program knows of know it"
    )
    return (
        f"these weights do not know the label set “{wanted}”; they know: "
        f"{', '.join(known) or 'none'}. {remedy} (`tarvis models list`)"
    )
