"""Places of a picture that can be clicked: where they lie, what they say, and that no button is made twice."""

import pytest

from mlp_tutorial.live.canvas import Canvas
from mlp_tutorial.live.click_areas import Area, ClickAreas


@pytest.fixture
def clicked():
    return []


@pytest.fixture
def clicks(clicked):
    return ClickAreas(Canvas(200, 100), clicked.append)


def area(key, left=20, top=10, tooltip="what it is"):
    return Area(key, left, top, 50, 25, tooltip)


def shown(clicks):
    """Return the buttons that lie over the picture."""
    return list(clicks.widget.children[1:])


def test_the_picture_lies_below_the_buttons(clicks):
    clicks.set([area("one"), area("two")])
    assert clicks.widget.children[0] is clicks._canvas.image and clicks._canvas.widget is clicks.widget
    assert len(shown(clicks)) == 2


def test_places_are_shares_of_the_picture(clicks):
    clicks.set([area("one")])
    layout = shown(clicks)[0].layout
    assert (layout.left, layout.top, layout.width, layout.height) == ("10.000%", "10.000%", "25.000%", "25.000%")
    clicks.set([area("one", left=100)])
    assert (layout.left, layout.top) == ("50.000%", "10.000%")


def test_a_click_says_what_was_clicked(clicks, clicked):
    clicks.set([area("one"), area(("two", 2))])
    for button in shown(clicks):
        button.click()
    clicks.click("one")
    assert clicked == ["one", ("two", 2), "one"]


def test_after_a_change_each_button_is_what_lies_there_now(clicks, clicked):
    clicks.set([area("one"), area("two"), area("three")])
    clicks.set([area("two", tooltip="the second"), area("four")])
    assert [button.tooltip for button in shown(clicks)] == ["the second", "what it is"]
    for button in shown(clicks):
        button.click()
    assert clicked == ["two", "four"]
    with pytest.raises(KeyError):
        clicks.click("three")


def test_buttons_are_used_again(clicks):
    made = set()
    for count in (3, 5, 0, 2, 5, 1):
        clicks.set([area((count, number)) for number in range(count)])
        assert len(shown(clicks)) == count
        made |= {button.model_id for button in shown(clicks)}
    assert len(made) == 5


def test_a_click_under_way_when_the_places_change_is_that_of_the_place_that_was_hit(clicks, clicked):
    clicks.set([area("one"), area("two"), area("three")])
    hit = shown(clicks)[2]
    clicks.set([area("one"), area("new"), area("three")])
    hit.click()
    clicks.set([area("three")])
    hit.click()
    assert clicked == ["three", "three"]


def test_what_stays_is_not_sent_again(clicks):
    clicks.set([area("one"), area("two")])
    sent = []
    for button in shown(clicks):
        button.observe(sent.append)
        button.layout.observe(sent.append)
    clicks.widget.observe(sent.append)
    clicks.set([area("one"), area("two")])
    assert not sent
    clicks.set([area("one"), area("two", tooltip="another")])
    assert [change["name"] for change in sent] == ["tooltip"]
