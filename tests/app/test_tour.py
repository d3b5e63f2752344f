"""The tour: once by itself, again when asked for, one step after the other."""

from tarvis_app.tour import Tour


def test_that_the_tour_comes_once_and_goes_step_by_step(notifications, settings):
    tour = Tour(notifications, settings)
    tour.start_once()
    for step in tour.steps:
        assert notifications.current.text == step
        (remedy,) = notifications.current.remedies
        notifications.clear()
        remedy.call()
    assert notifications.current is None
    tour.start_once()
    assert notifications.current is None
    tour.start()
    assert notifications.current.text == tour.steps[0]
