"""The style of the page grows with the scale."""

from mlp_tutorial.lessons.shared.trainer import explore_training


def test_controls_and_text_grow_with_it():
    usual, large = explore_training(num_epochs=1), explore_training(num_epochs=1).enlarge(2)
    assert large.controls["learning_rate"].children[0].layout.width == "calc(100px * var(--mlp-scale, 1))"
    assert large.status_line.widget.layout.height == "calc(76px * var(--mlp-scale, 1))"
    assert "mlp-640-200" in large._dom_classes and "mlp-640-100" in usual._dom_classes
    style = large.children[0].value
    assert ".mlp-640-200 { --mlp-scale: 2.0; --jp-widgets-font-size: calc(13px * " in style
    assert "(max-width: 960px) { .mlp-640-200 .mlp-status-room { height: calc(112px * " in style
    usual_style = usual.children[0].value
    assert ".mlp-640-100 { --" not in usual_style  # at the usual scale, JupyterLab's own lengths hold
    assert "(max-width: 480px) { .mlp-640-100 .mlp-status-room { height: calc(112px * " in usual_style
