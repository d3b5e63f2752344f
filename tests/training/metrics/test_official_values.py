"""Every value that the official evaluators give for the fixtures, from our own measures."""

import pytest

from tests.training.metrics.fixture_cases import FIXTURES, differences, runs
from training.metrics.burst import BurstTask
from training.metrics.burst_files import (
    burst_class_names,
    evaluate_burst,
    evaluate_burst_open_world,
)
from training.metrics.davis_files import DavisTask, evaluate_davis, evaluate_davis_hota
from training.metrics.j_and_f import ProposalMatch
from training.metrics.mots import MOTS_CLASSES, evaluate_mots
from training.metrics.panoptic_files import (
    evaluate_cityscapes_vps,
    evaluate_coco_panoptic,
    evaluate_kitti_step,
    evaluate_vipseg_stq,
    evaluate_vipseg_vpq,
)
from training.metrics.track_ap_files import evaluate_track_files
from training.metrics.vpq import VIPSEG_SCRIPT_WINDOWS, VIPSEG_WINDOWS, VpqResult

TOLERANCE = 1e-6
KNOWN_TASKS = (
    "ytvis",
    "ovis",
    "pq",
    "vpq_cityscapes",
    "vpq_vipseg",
    "stq_kitti",
    "stq_vipseg",
    "davis",
    "davis_trackeval",
    "burst",
    "burst_trackeval",
    "mots",
)


def check(found, run):
    assert differences(found, run.values, TOLERANCE) == []


def parametrise(*tasks):
    return pytest.mark.parametrize("run", runs(*tasks), ids=str)


def test_that_every_run_of_the_fixtures_is_compared(shared):
    assert len(runs(*KNOWN_TASKS)) == sum(
        text.read_text(encoding="utf-8").count('"task"') for text in FIXTURES.glob("*/*/case.json")
    )
    assert runs(*KNOWN_TASKS)


@parametrise("ytvis", "ovis")
def test_that_track_ap_is_the_official_value(run):
    result = evaluate_track_files(
        run.path("gt"), run.path("pred"), with_occlusion=run.task == "ovis"
    )
    check(
        {
            "summary": result.summary,
            "AP_per_iou": result.ap_per_iou,
            "AP_per_category": {str(k): v for k, v in result.ap_per_category.items()},
        },
        run,
    )


def quality(part):
    return {"pq": part.pq, "sq": part.sq, "rq": part.rq, "n": part.num_classes}


def table(window):
    parts = {"all": window.all, "thing": window.things, "stuff": window.stuff}
    return {
        **{f"vpq_{name}": 100 * part.pq for name, part in parts.items()},
        "sq_rq": {name: quality(part) for name, part in parts.items()},
        "per_class": {
            str(category): quality(counts.quality)
            | {
                "iou": counts.iou_sum,
                "tp": counts.num_matched,
                "fp": counts.num_false,
                "fn": counts.num_missed,
            }
            for category, counts in window.per_class.items()
        },
    }


def vpq_values(result):
    return {
        "VPQ": result.vpq,
        "VPQ_thing": result.vpq_thing,
        "VPQ_stuff": result.vpq_stuff,
        "windows_nframes": list(result.per_window),
        "windows_k": [5 * (window - 1) for window in result.per_window],
        "per_window": {str(n): table(window) for n, window in result.per_window.items()},
        "official_final_txt": [
            f"vpq_all:{result.vpq:.4f}",
            f"vpq_thing:{result.vpq_thing:.4f}",
            f"vpq_stuff:{result.vpq_stuff:.4f}",
        ],
    }


@parametrise("vpq_cityscapes")
def test_that_vpq_of_cityscapes_vps_is_the_official_value(run):
    check(
        vpq_values(
            evaluate_cityscapes_vps(run.path("gt_json"), run.path("gt_dir"), run.path("pred_dir"))
        ),
        run,
    )


@parametrise("vpq_vipseg")
def test_that_vpq_of_vipseg_is_the_official_value(run):
    result = evaluate_vipseg_vpq(run.path("gt_json"), run.path("gt_dir"), run.path("pred_dir"))
    found = vpq_values(result)
    for name, windows in (
        ("paper_1_2_4_6", VIPSEG_WINDOWS),
        ("script_1_2_4_6_8", VIPSEG_SCRIPT_WINDOWS),
    ):
        found[name] = vpq_values(VpqResult.mean_over({n: result.per_window[n] for n in windows}))
    check(found, run)


@parametrise("pq")
def test_that_pq_of_images_is_the_official_value(run):
    result = evaluate_coco_panoptic(
        run.path("gt_json"), run.path("gt_dir"), run.path("pred_json"), run.path("pred_dir")
    )
    found = {
        "All": quality(result.all),
        "Things": quality(result.things),
        "Stuff": quality(result.stuff),
        "per_class": {str(k): quality(counts.quality) for k, counts in result.per_class.items()},
    }
    check(found, run)


@parametrise("stq_kitti", "stq_vipseg")
def test_that_stq_is_the_official_value(run):
    if run.task == "stq_kitti":
        result = evaluate_kitti_step(run.path("gt_dir"), run.path("pred_dir"))
    else:
        result = evaluate_vipseg_stq(run.path("gt_json"), run.path("gt_dir"), run.path("pred_dir"))
    parts = list(result.per_sequence.values())
    check(
        {
            "STQ": result.total.stq,
            "AQ": result.total.aq,
            "IoU": result.total.sq,
            "STQ_per_seq": [part.stq for part in parts],
            "AQ_per_seq": [part.aq for part in parts],
            "IoU_per_seq": [part.sq for part in parts],
            "ID_per_seq": list(result.per_sequence),
            "Length_per_seq": list(result.lengths.values()),
        },
        run,
    )


def j_and_f_values(result):
    return {
        f"{name}-{statistic.capitalize()}": getattr(getattr(result, name.lower()), statistic)
        for name in "JF"
        for statistic in ("mean", "recall", "decay")
    }


def per_frame(objects, measure):
    table = {}
    for scored in objects:
        sequence = scored.name.rpartition("_")[0]
        table.setdefault(sequence, {}).setdefault(measure.upper(), []).append(
            getattr(scored, measure).tolist()
        )
    return table


@parametrise("davis")
def test_that_j_and_f_is_the_official_value(run):
    is_unsupervised = run.options.get("davis_task") == "unsupervised"
    task = DavisTask.UNSUPERVISED if is_unsupervised else DavisTask.SEMI_SUPERVISED
    result = evaluate_davis(run.path("davis_root"), run.path("pred_dir"), task)
    j, f = per_frame(result.objects, "j"), per_frame(result.objects, "f")
    check(
        j_and_f_values(result)
        | {
            "J&F-Mean": result.j_and_f,
            "J_per_object": {o.name: o.j.mean() for o in result.objects},
            "F_per_object": {o.name: o.f.mean() for o in result.objects},
            "per_frame": {name: j[name] | f[name] for name in j},
        },
        run,
    )


@parametrise("davis_trackeval")
def test_that_unsupervised_davis_equals_trackeval(run):
    folders = run.path("davis_root"), run.path("pred_dir")
    result = evaluate_davis(*folders, DavisTask.UNSUPERVISED, ProposalMatch.J)
    j_and_f = j_and_f_values(result) | {
        "J&F": result.j_and_f,
        "num_gt_tracks": len(result.objects),
    }
    check({"JAndF": j_and_f, "HOTA": evaluate_davis_hota(*folders).as_numbers()}, run)


def burst_values(scores):
    return scores.hota.as_numbers() | {
        "HOTA_per_alpha": scores.hota.hota.tolist(),
        "HOTA_TP": scores.hota.num_matched.tolist(),
        "AP": scores.ap,
    }


def column(scores, measure):
    if scores is None:
        return None
    return 100 * (scores.ap if measure == "AP" else scores.hota.as_numbers()[measure])


def summary(parts, measures):
    return {
        measure: {name: column(scores, measure) for name, scores in parts.items()}
        for measure in measures
    }


@parametrise("burst", "burst_trackeval")
def test_that_burst_scores_are_the_official_values(run):
    annotations, results = run.path("gt_dir"), run.path("pred")
    if run.options["burst_task"] == "open_world":
        by_column = evaluate_burst_open_world(annotations, results)
        parts = {name: result.mean() for name, result in by_column.items()}
        detail = {name: burst_values(scores) for name, scores in parts.items()}
        measures = ("OWTA", "DetRe", "AssA")
    else:
        result = evaluate_burst(
            annotations,
            results,
            BurstTask(run.options["burst_task"]),
            trusts_classes=run.task == "burst",
        )
        names = burst_class_names(annotations)
        parts = {name: result.mean(name) for name in ("all", "common", "uncommon")}
        detail = {names[k]: burst_values(scores) for k, scores in result.classes.items()}
        detail["cls_comb_cls_av"] = burst_values(result.mean())
        detail["cls_comb_det_av"] = burst_values(result.pooled())
        assert set(detail) == set(run.values["detail"])
        measures = ("HOTA", "DetA", "AssA", "AP")
    check({"summary_percent": summary(parts, measures), "detail": detail}, run)


@parametrise("mots")
def test_that_mots_scores_are_the_official_values(run):
    scores = evaluate_mots(run.path("gt_dir"), run.path("pred_dir"))
    found = {
        MOTS_CLASSES[number]: {
            "HOTA": part.hota.as_numbers(),
            "CLEAR": part.clear.as_numbers(),
            "Identity": part.identity.as_numbers(),
        }
        for number, part in scores.items()
    }
    check(found, run)
