"""`tarvis doctor`: a report that names what is there and what is missing."""

import importlib.metadata

from tarvis_core.commands import command_line, doctor


def test_that_the_report_covers_versions_device_codecs_weights_and_disk(capsys):
    assert command_line.main(["doctor"]) == 0

    lines = capsys.readouterr().out.splitlines()
    topics = {line[8:18].strip() for line in lines}
    assert topics >= {"system", "package", "device", "codecs", "weights", "disk"}
    assert any("torch 2.13.0" in line for line in lines)


def test_that_a_missing_package_is_a_problem_with_its_cure(monkeypatch, capsys):
    def version(package):
        if package == "timm":
            raise importlib.metadata.PackageNotFoundError(package)
        return "1.0"

    monkeypatch.setattr(doctor.importlib.metadata, "version", version)

    assert command_line.main(["doctor"]) == 1
    assert "timm is not installed; run `pip install" in capsys.readouterr().out


def test_that_no_weights_are_told_with_what_still_works(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "default_weights", lambda: None)

    assert command_line.main(["doctor"]) == 0
    assert "painting and export work, tracking does not" in capsys.readouterr().out
