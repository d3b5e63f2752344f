"""Numbers in sentences agree with what they count."""

import pytest

from tarvis_app.counting import counted


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 problems"), (1, "1 problem"), (2, "2 problems"), (21, "21 problems")]
)
def test_that_one_thing_is_no_plural(count, text):
    assert counted(count, "1 problem", "{count} problems") == text
