"""Names that come from data stand in pictures as they are written, or as something that can be read."""

import io
import warnings

import matplotlib
import pytest
from matplotlib.cbook import is_math_text
from matplotlib.figure import Figure
from matplotlib.text import Text

from mlp_tutorial import History, NeuralNetworkModel
from mlp_tutorial.lessons.shared.trainer import explore_training
from mlp_tutorial.plots.curves import LossCurves, plot_losses
from mlp_tutorial.plots.names import drawable
from mlp_tutorial.plots.race import RacePlot
from mlp_tutorial.plots.regions import plot_decision_regions
from mlp_tutorial.plots.style import STYLE
from tests.plots.helpers import classes_named


@pytest.fixture
def one_font(monkeypatch):
    """Let the pictures have matplotlib's own font alone, whatever the machine has."""
    monkeypatch.setitem(STYLE, "font.family", ["DejaVu Sans"])


def drawn(figure):
    """Draw a figure and return its texts as they are seen; a letter drawn as a box warns, bad mathematics raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(io.BytesIO())
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    names = [text for text in texts if not text.get_text().startswith("$\\mathdefault")]  # ticks of a logarithmic axis
    assert not any(is_math_text(text.get_text()) for text in names)
    return [text.get_text().replace(r"\$", "$") for text in names]


@pytest.mark.parametrize(
    "name", ["$0-$50K", "$5_$9^", "$", r"cost \$5 and $6", "a_b", "naïve, 5 %", "x²", "two\nlines"]
)
def test_a_name_is_seen_as_it_is_written(name):
    figure = Figure()
    figure.text(0, 0, drawable(name))
    assert drawn(figure) == [name]


def test_matplotlib_draws_dollars_without_its_escape():
    """The escape is matplotlib's own: it draws the same as the text with the mathematics switched off."""
    pictures = []
    for text, parse_math in ((drawable("$0-$50K"), True), ("$0-$50K", False)):
        figure = Figure((2, 1))
        figure.text(0.1, 0.1, text, parse_math=parse_math)
        figure.savefig(file := io.BytesIO(), format="rgba")
        pictures.append(file.getvalue())
    assert pictures[0] == pictures[1]


def test_letters_without_a_glyph_are_replaced_and_a_warning_says_so(one_font):
    with pytest.warns(UserWarning, match="Install a font"):
        assert drawable("猫", "class 0") == "class 0"
    with pytest.warns(UserWarning):
        assert drawable("rate 猫犬") == "rate ??"
    assert drawable("", "class 1") == drawable(" ", "class 1") == "class 1"


def test_another_font_of_the_machine_gives_the_letters_that_the_first_lacks(monkeypatch):
    monkeypatch.setitem(STYLE, "font.family", ["cmr10"])
    with pytest.warns(UserWarning):
        assert drawable("Ж", "class 0") == "class 0"
    monkeypatch.setitem(STYLE, "font.family", ["cmr10", "DejaVu Sans"])
    with matplotlib.rc_context(STYLE):
        figure = Figure()
        figure.text(0, 0, drawable("Ж", "class 0"))
        assert drawn(figure) == ["Ж"]


@pytest.mark.filterwarnings("ignore:Some names have letters")
def test_every_name_of_a_data_set_is_in_its_pictures(one_font):
    dataset = classes_named(["$0-$50K", "$5_$9^", "_other", "猫"], ("rent ($) per $ room", "長さ"))
    names = {"$0-$50K", "$5_$9^", " _other", "class 3", "rent ($) per $ room", "feature 1"}
    still = plot_decision_regions(NeuralNetworkModel(2, [4], 4), dataset, title="$1 to $2")
    assert {*names, "$1 to $2"} <= set(drawn(still.figure))
    assert names <= set(drawn(explore_training(dataset, num_epochs=2).canvas.figure))


@pytest.mark.filterwarnings("ignore:Some names have letters")
def test_names_of_runs_are_in_the_pictures_of_runs(one_font):
    run = History(training_loss=[1.0, 0.5], validation_loss=[1.0, 0.6], metric=[0.1, 0.2], metric_name="accuracy")
    assert "$5 a_$b" in drawn(plot_losses(run, title="$5 a_$b").figure)
    plot = LossCurves(Figure().subplots())
    plot.update(run, pinned=[("_mine", run), ("$1, $2", run), ("犬", run)], title="now $ and $")
    assert {" _mine", "$1, $2", "?", "now $ and $"} <= set(drawn(plot.axes.figure))
    race = RacePlot(Figure().subplots(), 2)
    race.update([run, run], ["$1 or $2", "猫"], num_epochs=2, title="$3, $4")
    assert {"$1 or $2", "?", "$3, $4"} <= set(drawn(race.axes.figure))
