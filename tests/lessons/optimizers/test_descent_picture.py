"""The picture of the race on a surface."""

from mlp_tutorial.experiment import OPTIMIZERS
from mlp_tutorial.lessons.optimizers.descent_explorer import explore_descent
from mlp_tutorial.lessons.optimizers.surfaces import SURFACES


def test_no_text_leaves_the_picture_and_the_status_fits_two_lines():
    for surface in SURFACES:
        explorer = explore_descent(surface, OPTIMIZERS, 0.05, num_steps=10)
        figure = explorer.canvas.figure
        figure.draw_without_rendering()
        texts = [text for axes in figure.axes for text in (axes.xaxis.label, axes.yaxis.label, *axes.texts)]
        for text in (*texts, *figure.legends[0].get_texts()):
            box = text.get_window_extent()
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= 640 and box.y1 <= 340, (surface, text)
        assert len(explorer.status_line.text) < 200
