"""A slider that a hand and the descent share knows a hand from what a browser sends back."""

from ipywidgets import FloatSlider

from mlp_tutorial.lessons.neurons import shared_slider
from mlp_tutorial.lessons.neurons.shared_slider import SharedSlider


def test_a_browser_that_sends_back_the_edge_of_the_range_before_is_no_hand():
    slider = FloatSlider(value=0.0, min=-8, max=8, step=0.05)
    shared = SharedSlider(slider)
    shared.follow(-20.95)
    assert slider.value == -20.95 and shared.moved_by_hand() is None
    slider.value = -8.0  # the nearest place in the range that the browser still has
    assert shared.moved_by_hand() is None
    shared.follow(-20.95)
    assert slider.value == -20.95 and shared.moved_by_hand() is None
    slider.value = 3.0
    assert shared.moved_by_hand() == 3.0


def test_an_edge_that_comes_back_late_is_no_hand_until_it_is_the_edge_again(monkeypatch):
    monkeypatch.setattr(shared_slider, "ECHO", 0.0)  # a browser may take seconds
    slider = FloatSlider(value=0.0, min=-8, max=8, step=0.05)
    shared = SharedSlider(slider)
    for place in (-20.95, 30.0):
        shared.follow(place)
        assert shared.moved_by_hand() is None
    for edge in (-8.0, 8.0):
        slider.value = edge
        assert shared.moved_by_hand() is None
    shared.follow(1.0)
    assert (slider.min, slider.max) == (-8, 8) and shared.moved_by_hand() is None
    slider.value = 8.0
    assert shared.moved_by_hand() == 8.0


def test_every_place_is_sent_back_once_and_then_a_hand_may_go_there():
    slider = FloatSlider(value=0.0, min=-8, max=8, step=0.05)
    shared = SharedSlider(slider)
    for place in (1.0, 2.0):
        shared.follow(place)
        assert shared.moved_by_hand() is None
    slider.value = 1.0
    assert shared.moved_by_hand() is None  # late, and in order
    slider.value = 2.0
    assert shared.moved_by_hand() is None
    slider.value = 1.0
    assert shared.moved_by_hand() == 1.0
