"""The status line below a picture."""

from mlp_tutorial.live.status import StatusLine


def test_the_status_line_shows_text_as_text():
    status = StatusLine()
    status.show(["loss < 0.1", "epoch 3"], "R² & <b>")
    assert status.text == "loss < 0.1 · epoch 3"
    assert "loss &lt; 0.1 · epoch 3" in status.widget.value and "&lt;b&gt;" in status.widget.value
