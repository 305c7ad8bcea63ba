"""The stills of lesson 09 show the right digits, and count as scikit-learn does."""

import torch
from sklearn.metrics import confusion_matrix

from mlp_tutorial import evaluate, predict
from mlp_tutorial.lessons.putting_it_together.digit_network import digit_network
from mlp_tutorial.lessons.putting_it_together.digit_pictures import (
    misclassified,
    plot_confusion,
    plot_digits,
    plot_errors,
    plot_first_layer,
)

MODEL, DIGITS, _ = digit_network()


def test_misclassified_digits_are_found_and_ordered():
    probabilities = torch.tensor([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8], [0.5, 0.5]])
    assert misclassified(probabilities, torch.tensor([0, 0, 0, 1])).tolist() == [2, 1, 3]
    assert misclassified(probabilities, torch.tensor([0, 1, 1, 0])).tolist() == []


def test_digits_stand_in_their_order_under_their_titles():
    pixels = DIGITS.unstandardise(DIGITS.X_train[:9])
    panels = plot_digits(pixels, range(9)).axes
    assert [axes.get_title() for axes in panels] == [str(number) for number in range(9)]
    for axes, digit in zip(panels, pixels, strict=True):
        assert torch.equal(torch.as_tensor(axes.images[0].get_array().data), digit.reshape(8, 8))
    assert plot_digits(pixels[:0], []).axes == []


def test_errors_show_the_truth_and_the_wrong_answer():
    panels = plot_errors(MODEL, DIGITS, most=5).axes
    answers = predict(MODEL, DIGITS.X_validation)
    raw = DIGITS.unstandardise(DIGITS.X_validation)
    assert len(panels) == 5
    for axes in panels:
        image = torch.as_tensor(axes.images[0].get_array().data).flatten()
        row = int((raw == image).all(1).nonzero()[0])
        assert answers[row] != DIGITS.y_validation[row]
        assert axes.get_title().startswith(f"true {DIGITS.y_validation[row]}\n{answers[row]}: ")


def test_the_matrix_counts_as_scikit_learn_does_and_leaves_zeros_blank():
    axes = plot_confusion(MODEL, DIGITS, part="test").axes[0]
    counts = confusion_matrix(DIGITS.y_test, predict(MODEL, DIGITS.X_test)).ravel().tolist()
    assert [text.get_text() for text in axes.texts] == [str(count) if count else "" for count in counts]
    right = sum(counts[:: 10 + 1])
    assert right == round(evaluate(MODEL, DIGITS, torch.nn.CrossEntropyLoss(), part="test").metric * 359)
    assert "359 test rows" in axes.get_title()


def test_every_neuron_of_the_first_layer_is_an_image_of_its_weights():
    panels = plot_first_layer(MODEL, most=5).axes
    for number, axes in enumerate(panels):
        image = torch.as_tensor(axes.images[0].get_array().data).flatten()
        assert torch.equal(image, MODEL.input_layer.weight[number])
        assert axes.images[0].get_clim()[0] == -axes.images[0].get_clim()[1]  # white is zero
    assert len(panels) == 5
