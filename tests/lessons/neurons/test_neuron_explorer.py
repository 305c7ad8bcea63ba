"""The explorer of one neuron does what its sliders and buttons say, and its program prints the numbers shown."""

import asyncio
import contextlib
import io

import pytest
import torch

from mlp_tutorial.lessons.neurons import neuron_explorer
from mlp_tutorial.lessons.neurons.exercises import GOAL
from mlp_tutorial.lessons.neurons.neuron_explorer import NEURON_ACTIVATIONS, NUMBERS, STEPS_A_CLICK, explore_neuron
from mlp_tutorial.lessons.neurons.one_neuron import measure, neuron_with
from tests.lesson_helpers import settled

LESSON = "01_neurons.ipynb"


def picture(explorer):
    return explorer.canvas.image.value


def in_grey(explorer):
    """The losses of the trail before."""
    return list(explorer.picture._before.get_ydata())


@pytest.mark.parametrize("name", list(NUMBERS))
def test_every_number_moves_picture_loss_and_trail(name):
    explorer = explore_neuron()
    before = picture(explorer), explorer.loss
    explorer.controls[name].value = -2.0
    assert explorer.weights == {"w1": 1.0, "w2": 0.0, "b": 0.0} | {name: -2.0}
    assert picture(explorer) != before[0] and explorer.loss != before[1]
    assert [who for who, _ in explorer.trail] == ["start", "hand"]
    assert explorer.trail[-1][1] == explorer.loss
    assert f"loss {explorer.loss:.3f} (before {before[1]:.3f})" in explorer.status_line.text


@pytest.mark.parametrize("activation", NEURON_ACTIVATIONS)
def test_every_activation_can_be_chosen(activation):
    explorer = explore_neuron(w1=1.2, w2=-0.3, b=0.1, activation="tanh" if activation == "sigmoid" else "sigmoid")
    explorer.controls["w1"].value = 1.5
    explorer.controls["activation"].value = activation
    w, b = torch.tensor([1.5, -0.3]), torch.tensor(0.1)
    assert explorer.measured == measure(neuron_with(activation), w, b, explorer.dataset)
    assert len(explorer.trail) == 1, "losses of another activation cannot be compared"
    explorer.buttons["reset"].click()
    assert explorer.weights["w1"] == pytest.approx(1.2)


def test_before_the_gradient_is_taught_a_hand_trains_alone_and_later_descent_runs_against_its_trail():
    by_hand = explore_neuron(w1=-1.0, gradient=False)
    assert by_hand.buttons["descend"].layout.display == by_hand.buttons["step"].layout.display == "none"
    assert "gradient" not in by_hand.sentence() and by_hand.status_line.note == ""
    assert not any(tangent.get_visible() for tangent in by_hand.picture.tangents.values())
    descending = explore_neuron(w1=-1.0, against=by_hand)
    assert in_grey(descending) == []
    by_hand.controls["w1"].value = 2.0
    descending.buttons["step"].click()
    assert in_grey(descending) == [loss for _, loss in by_hand.trail] and len(by_hand.trail) == 2


@pytest.mark.usefixtures("nothing_painted")
def test_descend_takes_the_steps_of_torch_and_moves_the_sliders():
    explorer = explore_neuron(w1=-1.0, w2=1.0, b=0.0, learning_rate=3.0)
    w, b = torch.nn.Parameter(torch.tensor([-1.0, 1.0])), torch.nn.Parameter(torch.tensor(0.0))
    optimizer = torch.optim.SGD([w, b], lr=3.0)
    losses = []
    for _ in range(STEPS_A_CLICK + 1):
        outputs = torch.sigmoid(explorer.dataset.X_train @ w + b)
        loss = torch.nn.functional.mse_loss(outputs, explorer.dataset.y_train.float())
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        if len(losses) <= STEPS_A_CLICK:
            optimizer.step()
    explorer.buttons["descend"].click()
    assert [loss for _, loss in explorer.trail] == pytest.approx(losses, abs=1e-5)
    assert [who for who, _ in explorer.trail] == ["start"] + ["descent"] * STEPS_A_CLICK
    assert list(explorer.weights.values()) == pytest.approx([*w.tolist(), b.item()], abs=1e-4)
    for name, value in explorer.weights.items():
        assert explorer.controls[name].value == pytest.approx(value, abs=0.026)
    assert f"{STEPS_A_CLICK} steps of descent" in explorer.status_line.text


def test_a_hand_takes_over_after_descent_and_only_its_own_number_moves():
    explorer = explore_neuron()
    explorer.buttons["descend"].click()
    weights = explorer.weights
    explorer.controls["b"].value = -3.0
    assert explorer.weights == {**weights, "b": -3.0}
    explorer.buttons["step"].click()
    assert [who for who, _ in explorer.trail[-3:]] == ["descent", "hand", "descent"]


def test_what_the_browser_sends_back_of_the_explorers_own_moves_is_no_hand():
    explorer = explore_neuron()
    explorer.buttons["step"].click()
    weights, moves = explorer.weights, len(explorer.trail)
    slider = explorer.controls["b"]
    slider.value = slider.value + 1e-12  # the same position, rounded differently by the browser
    assert explorer.weights == weights and len(explorer.trail) == moves


def test_a_picture_drawn_before_a_moved_slider_is_answered_leaves_it_alone():
    async def scenario():
        explorer = explore_neuron(learning_rate=10.0)
        explorer.buttons["step"].click()
        await settled(explorer)
        explorer.controls["w1"].value = 5.0
        explorer.draw()  # its event has not come through yet
        assert explorer.controls["w1"].value == 5.0
        assert explorer.controls["b"].value == pytest.approx(explorer.weights["b"], abs=0.026)
        await settled(explorer)
        assert explorer.weights["w1"] == 5.0

    asyncio.run(scenario())


def test_reset_restores_the_first_numbers_and_keeps_the_trail_in_grey():
    explorer = explore_neuron(w1=-1.0, w2=1.0, b=0.0)
    first = picture(explorer)
    for value in (0.0, 1.0, 2.0):
        explorer.controls["w1"].value = value
    by_hand = explorer.trail
    explorer.buttons["reset"].click()
    assert explorer.weights == {"w1": -1.0, "w2": 1.0, "b": 0.0}
    assert [explorer.controls[name].value for name in NUMBERS] == [-1.0, 1.0, 0.0]
    assert explorer.trail_before == by_hand and len(explorer.trail) == 1
    assert picture(explorer) != first
    explorer.buttons["reset"].click()
    assert explorer.trail_before == by_hand, "a second reset must not lose it"
    explorer.buttons["descend"].click()
    assert explorer.trail_before == by_hand


@pytest.mark.usefixtures("nothing_painted")
@pytest.mark.parametrize("rate", [0.01, 1.0, 100.0])
def test_every_learning_rate_is_obeyed(rate):
    explorer = explore_neuron()
    slopes = explorer.gradient
    explorer.controls["learning_rate"].value = rate
    explorer.buttons["step"].click()
    expected = {"w1": 1 - rate * slopes["w1"], "w2": -rate * slopes["w2"], "b": -rate * slopes["b"]}
    assert explorer.weights == pytest.approx(expected, rel=1e-4)


def steps_to(goal, learning_rate, clicks):
    explorer = explore_neuron(w1=-1.0, w2=1.0, b=0.0, learning_rate=learning_rate, goal=goal)
    for _ in range(clicks):
        explorer.buttons["descend"].click()
    reached = next(i for i, (_, loss) in enumerate(explorer.trail) if loss < goal)
    assert f"goal {goal:g} reached after {reached} moves" in explorer.status_line.text
    return reached


@pytest.mark.usefixtures("nothing_painted")
def test_the_numbers_of_the_lesson():
    assert steps_to(GOAL, 1.0, 1) == 90
    assert steps_to(GOAL, 10.0, 1) == 8
    assert 900 < steps_to(GOAL, 0.1, 10) < 1000
    far = explore_neuron(w1=-8.0)
    assert f"{far.loss:.3f}" == "0.845" and max(abs(slope) for slope in far.gradient.values()) < 0.05
    for _ in range(5):
        far.buttons["descend"].click()
    assert 0.31 < far.loss < 0.3125 and far.measured.accuracy == pytest.approx(91 / 132)


def test_the_status_tells_when_the_goal_was_reached_and_forgets_it_with_a_reset():
    explorer = explore_neuron(w1=-1.0, w2=1.0, b=0.0, goal=GOAL)
    assert "goal" not in explorer.status_line.text
    for name, value in {"w1": 4.0, "w2": -1.5, "b": -2.0}.items():
        explorer.controls[name].value = value
    assert explorer.status_line.text.endswith("goal 0.03 reached after 3 moves")
    explorer.controls["w1"].value = 0.0
    assert explorer.status_line.text.endswith("goal 0.03 reached after 3 moves")
    explorer.buttons["reset"].click()
    assert "goal" not in explorer.status_line.text
    assert explore_neuron().moves_to_goal() is None


def test_too_long_steps_end_in_words_and_reset_puts_it_right():
    explorer = explore_neuron(w1=-8.0)
    explorer.controls["activation"].value = "identity"
    explorer.buttons["reset"].click()
    explorer.buttons["descend"].click()
    losses = [loss for _, loss in explorer.trail]
    assert losses[-1] > 1000 and losses == sorted(losses) and len(losses) < STEPS_A_CLICK
    assert "Lower the learning rate, press reset" in explorer.status_line.note
    for name, value in explorer.weights.items():
        assert explorer.controls[name].min <= value <= explorer.controls[name].max
    explorer.buttons["reset"].click()
    assert [(explorer.controls[name].min, explorer.controls[name].max) for name in NUMBERS] == [(-8, 8)] * 3
    assert "steps of descent" not in explorer.status_line.text
    explorer.controls["learning_rate"].value = 0.1
    explorer.buttons["descend"].click()
    assert explorer.loss == pytest.approx(0.0506, abs=0.0005)
    assert f"{STEPS_A_CLICK} steps of descent" in explorer.status_line.text
    losses = [loss for _, loss in explorer.trail]
    assert max(losses) <= explorer.picture._losses.get_ylim()[1] <= 2 * max(losses), "the new trail fills the panel"


def test_the_learners_own_neuron_drives_surface_loss_and_gradient(solutions):
    def square(x, w, b):
        return (x @ w + b) ** 2

    explorer = explore_neuron(neuron=square)
    assert "activation" not in explorer.controls
    assert explorer.measured == measure(square, torch.tensor([1.0, 0.0]), torch.tensor(0.0), explorer.dataset)
    assert picture(explorer) != picture(explore_neuron())
    own = explore_neuron(neuron=solutions["neuron"])
    assert picture(own) == picture(explore_neuron())
    assert "a neuron of your own" in own.sentence()


def test_a_stub_falls_back_on_the_package_and_says_so():
    explorer = explore_neuron(neuron=lambda x, w, b: ...)
    assert picture(explorer) == picture(explore_neuron())
    assert "Your neuron is not written yet" in explorer.status_line.note


def test_a_threshold_has_no_gradient_and_a_forgotten_bias_none_of_its_own():
    explorer = explore_neuron(neuron=lambda x, w, b: (x @ w + b > 0).float())
    assert set(explorer.gradient.values()) == {0.0}
    assert "All three gradients are almost 0" in explorer.status_line.note
    explorer.buttons["descend"].click()
    assert explorer.weights == {"w1": 1.0, "w2": 0.0, "b": 0.0}
    assert explore_neuron(neuron=lambda x, w, b: torch.sigmoid(x @ w)).gradient["b"] == 0.0


def test_a_neuron_that_would_stop_the_notebook_is_replaced_and_the_note_says_why():
    pairs = explore_neuron(neuron=lambda x, w, b: torch.sigmoid(x * w + b))
    assert (
        "returned shape (132, 2), expected (132,) (see the check above): the package's neuron" in pairs.status_line.note
    )
    assert pairs.loss == explore_neuron().loss


@pytest.mark.parametrize(
    ("settings", "error", "sentence"), [({"activation": "sigmod"}, ValueError, "Did you mean 'sigmoid'")]
)
def test_what_cannot_work_is_refused_in_words(settings, error, sentence):
    with pytest.raises(error, match=sentence):
        explore_neuron(**settings)


def printed_by(explorer):
    with contextlib.redirect_stdout(io.StringIO()) as output:
        exec(explorer.program(), {})  # it knows nothing but itself
    numbers = output.getvalue().replace("gradient:", "").replace(",", " ").split()
    return [float(value) for value in numbers[1::2]]


def shown_by(explorer):
    return [*explorer.weights.values(), explorer.loss, *explorer.gradient.values()]


@pytest.mark.usefixtures("nothing_painted")
def test_the_program_prints_the_numbers_shown(solutions):
    explorer = explore_neuron(w1=0.5, w2=0.25, b=0.1, activation="tanh", learning_rate=0.2)
    assert printed_by(explorer) == pytest.approx(shown_by(explorer), abs=2e-6)
    for _ in range(3):
        explorer.buttons["step"].click()
    explorer.controls["learning_rate"].value = 0.5  # the first three steps were shorter
    explorer.buttons["step"].click()
    explorer.buttons["show code"].click()
    assert "torch.tanh(X @ w + b)" in explorer.code_panel.program
    assert printed_by(explorer) == pytest.approx(shown_by(explorer), abs=2e-6)


def halved(x, w, b):
    return 0.5 * torch.sigmoid(x @ w + b)


def test_the_program_holds_the_learners_neuron():
    explorer = explore_neuron(neuron=halved)
    explorer.buttons["step"].click()
    assert printed_by(explorer) == pytest.approx(shown_by(explorer), abs=2e-6)


def test_descent_on_a_running_loop_can_be_paused_and_taken_over():
    async def scenario():
        explorer = explore_neuron()
        explorer.buttons["descend"].click()
        await asyncio.sleep(0.5)
        assert explorer.buttons["descend"].description == "pause"
        explorer.buttons["descend"].click()
        await settled(explorer)
        paused_at = explorer.num_steps
        assert 0 < paused_at < STEPS_A_CLICK and explorer.buttons["descend"].description == "descend"
        for pause in (0, 0, 0.01, 0.02, 0, 0.01, 0, 0):
            explorer.buttons["step"].click()
            await asyncio.sleep(pause)
        await settled(explorer)
        assert explorer.num_steps == paused_at + 8
        explorer.buttons["descend"].click()
        await asyncio.sleep(0.3)
        explorer.controls["w2"].value = 5.0
        explorer.controls["b"].value = 1.0
        await settled(explorer)
        assert explorer.weights["w2"] == 5.0 and explorer.weights["b"] == 1.0
        assert explorer.controls["w2"].value == 5.0 and explorer.trail[-1][0] == "hand"
        stopped_at = explorer.num_steps
        await asyncio.sleep(0.15)
        assert explorer.num_steps == stopped_at
        explorer.buttons["descend"].click()
        await asyncio.sleep(0.2)
        explorer.controls["learning_rate"].value = 3.0  # takes effect without ending the descent
        await settled(explorer)
        assert explorer.num_steps == stopped_at + STEPS_A_CLICK

    asyncio.run(scenario())


def by_browser(slider, value):
    """Move a slider as a message from a browser does."""
    slider.set_state({"value": value})


def test_a_drag_during_descent_ends_it_at_once_and_nothing_else_moves_that_slider():
    async def scenario():
        explorer = explore_neuron(w1=-1.0, w2=1.0, b=0.0)
        slider, places = explorer.controls["w2"], []
        explorer.buttons["descend"].click()
        await asyncio.sleep(0.5)
        slider.observe(lambda change: places.append(change["new"]), names="value")
        drag = [round(1.5 + 0.15 * number, 2) for number in range(32)]
        for number, value in enumerate(drag):
            by_browser(slider, value)
            await asyncio.sleep(0.02)
            if number == 0:
                stopped_at = explorer.num_steps
        await settled(explorer)
        assert places == drag
        assert explorer.num_steps == stopped_at < STEPS_A_CLICK
        assert explorer.weights["w2"] == pytest.approx(drag[-1]) and slider.value == drag[-1]
        assert [who for who, _ in explorer.trail[-2:]] == ["descent", "hand"], "a drag is one move"

    asyncio.run(scenario())


def test_a_browser_that_sends_back_every_place_late_and_rounded_does_not_end_the_descent():
    async def scenario():
        explorer = explore_neuron(w1=-1.0, w2=1.0, b=0.0, learning_rate=3.0)
        sent_back = 0

        def send_back(slider, value):
            nonlocal sent_back
            sent_back += 1
            by_browser(slider, value * (1 - 1e-15))

        def on_the_way(change):
            if change["new"] == round(change["new"], 2):  # put there by the explorer
                asyncio.get_running_loop().call_later(0.12, send_back, change["owner"], change["new"])

        for name in NUMBERS:
            explorer.controls[name].observe(on_the_way, "value")
        explorer.buttons["descend"].click()
        await asyncio.sleep(0.2)
        await settled(explorer)
        await asyncio.sleep(0.4)
        await settled(explorer)
        assert sent_back > 5  # how many depends on how fast pictures are drawn
        assert [who for who, _ in explorer.trail] == ["start"] + ["descent"] * STEPS_A_CLICK
        for name, value in explorer.weights.items():
            assert explorer.controls[name].value == pytest.approx(value, abs=0.026)

    asyncio.run(scenario())


def test_a_place_that_the_browser_still_sends_back_after_a_flick_does_not_undo_it():
    async def scenario():
        explorer = explore_neuron(w1=-1.0, w2=1.0, b=0.0, learning_rate=3.0)
        slider, places = explorer.controls["w1"], []
        slider.observe(lambda change: places.append(change["new"]), names="value")
        explorer.buttons["descend"].click()
        await asyncio.sleep(0.4)
        last = places[-1]
        by_browser(slider, 6.35)
        by_browser(slider, last)  # it was on its way when the hand came down
        await settled(explorer)
        assert slider.value == 6.35 and explorer.weights["w1"] == pytest.approx(6.35)
        assert explorer.trail[-1][0] == "hand" and explorer.num_steps < STEPS_A_CLICK
        by_browser(slider, last)  # and this is a hand
        await settled(explorer)
        assert explorer.weights["w1"] == pytest.approx(last)

    asyncio.run(scenario())


def test_a_move_is_a_release(monkeypatch):
    explorer = explore_neuron(w1=-1.0, w2=1.0, b=0.0, goal=GOAL)
    for name, places in {"w1": (0.0, 2.0, 4.0), "w2": (0.0, -1.5), "b": (-1.0, -2.0)}.items():
        for value in places:
            explorer.controls[name].value = value
    assert [who for who, _ in explorer.trail] == ["start"] + ["hand"] * 3
    assert "(before " in explorer.status_line.text and explorer.status_line.text.endswith("after 3 moves")
    monkeypatch.setattr(neuron_explorer, "RELEASE", 0.0)
    for value in (1.0, 0.0):
        explorer.controls["b"].value = value
    assert len(explorer.trail) == 6


def test_the_still_tells_what_it_shows():
    bundle = explore_neuron()._repr_mimebundle_()
    assert "w1 = 1.00, w2 = 0.00, b = 0.00. Loss 0.121, accuracy 90 %" in bundle["text/plain"]
    assert "image/png" in bundle
