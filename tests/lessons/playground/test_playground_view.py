"""What of the playground's network is looked at, and how far the plane is bent."""

from tests.lessons.playground.helpers import small


def test_the_space_of_a_layer_and_a_selected_neuron_take_turns():
    explorer = small(selected=("neuron", 1, 0))
    explorer.controls["see"].value = 2
    assert explorer.selection.key is None and explorer.picture._show_space
    assert explorer.controls["bend"].value == explorer.controls["bend"].max == 2
    explorer.clicks.click(("neuron", 1, 1))
    assert explorer.controls["see"].value == 0 and not explorer.picture._show_space


def test_the_space_stays_bent_as_far_where_a_feature_is_added():
    plain, explorer = small(), small(see=2)
    assert plain.controls["bend"] not in plain._top
    assert explorer.controls["bend"] in explorer._top and explorer.picture.title.get_text() == "space of layer 2"
    explorer.clicks.click(("feature", "x1²"))
    assert explorer.controls["bend"].value == explorer.controls["bend"].max == 3
    explorer.clicks.click(("feature", "x1²"))
    assert explorer.controls["bend"].value == explorer.controls["bend"].max == 2
    explorer.controls["bend"].value = 0.5
    explorer.clicks.click(("feature", "x1²"))
    assert explorer.controls["bend"].value == 0.5
