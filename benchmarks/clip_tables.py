"""The tables that `clip_throughput` prints, in Markdown."""

from collections.abc import Sequence

from benchmarks.clip_cases import CORRECTION, DECODE_CLASSES, DECODE_OBJECTS, ENCODE, Outcome

TARGET_RATIO = 0.6
"""The full VOS pass shall take at most this part of the plain algorithm's time."""


def costs_table(outcomes: Sequence[Outcome]) -> str:
    """Seconds per frame and peak memory."""
    lines = [
        "| network | frame | T | encode, s/frame | VOS decode, s/frame | VIS decode, s/frame "
        "| peak encode, GB | peak decode, GB | a pass against a correction |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for outcome in outcomes:
        length = outcome.case.length
        classes = outcome.seconds("keys and values", *DECODE_CLASSES) / length
        has_classes = DECODE_CLASSES[0] in outcome.parts
        decode = (*DECODE_OBJECTS, *DECODE_CLASSES)
        lines.append(
            f"| {outcome.case.title} | {outcome.seconds(*ENCODE) / length:.3f} "
            f"| {outcome.seconds(*DECODE_OBJECTS) / length:.3f} "
            f"| {f'{classes:.3f}' if has_classes else '–'} "
            f"| {_peak(outcome, ENCODE):.2f} | {_peak(outcome, decode):.2f} "
            f"| {outcome.seconds(*ENCODE, *DECODE_OBJECTS) / outcome.seconds(*CORRECTION):.0f}× |"
        )
    return "\n".join(lines)


def shares_table(outcomes: Sequence[Outcome]) -> str:
    """The share of each part of the full VOS pass."""
    names = (*ENCODE, *DECODE_OBJECTS)
    lines = [f"| network | frame | T | {' | '.join(names)} |", "|---" * (3 + len(names)) + "|"]
    for outcome in outcomes:
        total = outcome.seconds(*names)
        shares = " | ".join(f"{100 * outcome.seconds(name) / total:.1f} %" for name in names)
        lines.append(f"| {outcome.case.title} | {shares} |")
    return "\n".join(lines)


def ratios_table(outcomes: Sequence[Outcome]) -> str:
    """The full VOS pass against the plain algorithm, part by part."""
    fast_parts = {
        "encode": ENCODE,
        "object encoder": ("object encoder",),
        "decode": DECODE_OBJECTS[1:],
    }
    lines = [
        f"| network | frame | T | part | plain, s/clip | ours, s/clip | ours/plain "
        f"(whole pass: at most {TARGET_RATIO:.0%}) |",
        "|---|---|---|---|---|---|---|",
    ]
    for outcome in outcomes:
        if not outcome.plain:
            continue
        rows = [
            (name, outcome.plain[name].seconds, outcome.seconds(*parts))
            for name, parts in fast_parts.items()
        ]
        rows.append(("whole VOS pass", sum(r[1] for r in rows), sum(r[2] for r in rows)))
        lines += [
            f"| {outcome.case.title} | {name} | {plain:.2f} | {ours:.2f} | {ours / plain:.0%} |"
            for name, plain, ours in rows
        ]
    return "\n".join(lines)


def peaks_table(outcomes: Sequence[Outcome]) -> str:
    """How near the parts of the full VOS pass come to the machine's matrix product."""
    names = (*ENCODE, *DECODE_OBJECTS)
    lines = [
        "| network | frame | T | plain product, Gflop/s (arranged) | Gflop a frame "
        f"| {' | '.join(names)} | whole pass, s/frame | **whole pass** (of arranged) |",
        "|---" * (7 + len(names)) + "|",
    ]
    for outcome in outcomes:
        made = {name: outcome.operations[name] for name in names}
        shares = [made[name] / outcome.seconds(name) / outcome.peak for name in names]
        assert outcome.whole is not None
        whole = sum(made.values()) / outcome.whole.seconds
        lines.append(
            f"| {outcome.case.title} | {outcome.peak / 1e9:.0f} ({outcome.packed_peak / 1e9:.0f}) "
            f"| {sum(made.values()) / outcome.case.length / 1e9:.1f} "
            f"| {' | '.join(f'{share:.0%}' for share in shares)} "
            f"| {outcome.whole.seconds / outcome.case.length:.3f} "
            f"| **{whole / outcome.peak:.1%}** ({whole / outcome.packed_peak:.1%}) |"
        )
    return "\n".join(lines)


def _peak(outcome: Outcome, names: tuple[str, ...]) -> float:
    costs = [outcome.parts[name] for name in names if name in outcome.parts]
    return max(cost.peak_bytes for cost in costs) / 1e9
