"""Texts and cells in two layers: only what was written is seen, and each number has the look that it should."""

from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from mlp_tutorial.live.cells import NEWEST, REST, SOURCE, CellColumns, Layer


def seen(layer):
    return [text.get_text() for text in layer.texts if text.get_visible()]


def edges(layer):
    return [to_hex(edge).upper() for edge in layer.shapes.get_edgecolors()]


def test_only_what_was_written_since_it_was_cleared_is_seen():
    layer = Layer(Figure().subplots(), 3)
    layer.show()
    assert seen(layer) == []
    for words in (["one", "two", "three"], ["four"]):
        layer.clear()
        for x, word in enumerate(words):
            layer.write(x, 0, word)
            layer.box(x, 0, (1, 1), "#FFFFFF")
        layer.show()
        assert seen(layer) == words and len(layer.shapes.get_paths()) == len(words)


def test_a_column_frames_the_newest_number_and_its_sources_and_leaves_out_what_is_not_computed():
    columns = CellColumns(Figure().subplots())
    columns.column(0, [0.5, -2.0, None, 1.25], sources=[0], newest=1, title="z")
    columns.show()
    assert seen(columns.moving) == ["0.50", "−2.00", "1.25"] and seen(columns.background) == ["z"]
    assert edges(columns.moving) == [SOURCE, NEWEST, REST, REST]
    columns.clear()
    columns.column(0, [3.0], kept=True)
    columns.show()
    assert seen(columns.background) == ["3.00"] and seen(columns.moving) == []
