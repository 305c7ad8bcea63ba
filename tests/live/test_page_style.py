"""The style of the page grows with the scale."""

import pytest

from mlp_tutorial.display import set_scale
from mlp_tutorial.lessons.shared.trainer import explore_training

pytestmark = pytest.mark.usefixtures("usual_scale")


def test_controls_and_text_grow_with_it():
    usual = explore_training(num_epochs=1)
    set_scale(2)
    large = explore_training(num_epochs=1)
    assert large.controls["learning_rate"].children[0].layout.width == "200px"
    assert large.buttons["play"].layout.width == "168px"
    assert large.status_line.widget.layout.height == "152px"
    assert "mlp-640-200" in large._dom_classes and "mlp-640-100" in usual._dom_classes
    style = large.children[0].value
    assert ".mlp-640-200 { --jp-widgets-font-size: 26px;" in style
    assert "(max-width: 960px) { .mlp-640-200 .mlp-status-room { height: 224px !important; } }" in style
    usual_style = usual.children[0].value
    assert ".mlp-640-100 { --jp" not in usual_style  # at the usual scale, JupyterLab's own lengths hold
    assert "(max-width: 480px) { .mlp-640-100 .mlp-status-room { height: 112px !important; } }" in usual_style
