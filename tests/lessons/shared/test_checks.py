"""What counts as not attempted, and what a check says to a wrong answer."""

import math
from collections import OrderedDict

import numpy as np
import pytest
import torch

from mlp_tutorial.lessons.shared.checks import check
from mlp_tutorial.lessons.shared.comparing import compare, compare_choices
from mlp_tutorial.lessons.shared.feedback import Feedback, NotYet


@check
def check_answer(answer):
    return "Good."


@check
def check_square(square):
    compare("square(3)", square(3), 9, causes={6: "you doubled it"})
    return "Nine."


@pytest.mark.parametrize(
    "answer",
    [..., (torch.zeros(1), ...), [...], {"A": "word", "B": ...}],
    ids=["ellipsis", "tuple", "list", "dictionary"],
)
def test_an_answer_with_an_ellipsis_in_it_is_not_attempted(answer):
    feedback = check_answer(answer)
    assert (feedback.status, feedback.passed) == ("not attempted", False)
    assert repr(feedback).startswith("Not attempted yet. Replace every ...")


def test_stubs_of_all_kinds_are_not_attempted():
    def only_dots(x): ...

    def documented(x):
        """Return the square."""

    def returns_dots(x):
        return ...

    def half_filled(x):
        result = ...
        return result.item()

    def adds(x):
        result = ...
        return result + x

    for stub in (only_dots, documented, returns_dots, half_filled, adds):
        assert check_square(stub).status == "not attempted", stub.__name__


@check
def check_counter(counter_class):
    counter = counter_class(3)
    compare("counter.double()", counter.double(), 6)
    if type(counter).__name__ != counter_class.__name__ or type(counter).__doc__ != counter_class.__doc__:
        raise NotYet("It has another name.")
    return f"{type(counter).__name__} counts."


class Counter:
    """It counts."""

    def __init__(self, start):
        self.start = start

    def double(self):
        return 2 * self.start


def test_a_class_is_checked_under_its_own_name():
    assert repr(check_counter(Counter)) == "Correct. Counter counts."


def test_class_stubs_of_all_kinds_are_not_attempted():
    class BlankAttribute(Counter):
        def __init__(self, start):
            self.start = start
            self.unused = ...

    class BlankInAList(Counter):
        def __init__(self, start):
            self.start, self.parts = start, [..., 1]

    class ComputesWithABlank(Counter):
        def __init__(self, start):
            self.start = ... * start

    class BlankResult(Counter):
        def double(self):
            result = ...
            return result

    class OnlyDots(Counter):
        def double(self): ...

    class EmptyConstructor(Counter):
        def __init__(self, start):
            """Remember the start."""

    for stub in (BlankAttribute, BlankInAList, ComputesWithABlank, BlankResult, OnlyDots, EmptyConstructor):
        assert check_counter(stub).status == "not attempted", stub.__name__


def test_wrong_classes_are_attempted():
    class Triples(Counter):
        def double(self):
            return 3 * self.start

    class Raises(Counter):
        def __init__(self, start):
            super().__init__(start.missing)

    assert repr(check_counter(Triples)) == "Not yet. counter.double(): expected 6, got 9."
    assert "'int' object has no attribute 'missing'" in check_counter(Raises).message
    assert check_counter(Raises).status == "not yet"


def test_a_function_that_returns_nothing_is_attempted():
    def forgot_return(x):
        math.pow(x, 2)

    assert repr(check_square(forgot_return)) == (
        "Not yet. square(3): expected a number, got None (does the function return its result?)."
    )


def test_a_right_answer_passes_with_its_message():
    feedback = check_square(lambda x: x * x)
    assert feedback.passed
    assert repr(feedback) == "Correct. Nine."


def test_a_known_wrong_answer_names_its_cause():
    assert repr(check_square(lambda x: x + x)) == (
        "Not yet. square(3): expected 9, got 6. The likely cause: you doubled it."
    )


def test_an_exception_in_the_answer_becomes_feedback_with_its_line():
    namespace = {}
    source = "def square(x):\n    return x @ x\n"
    exec(compile(source, "<learner>", "exec"), namespace)
    feedback = check_square(namespace["square"])
    assert feedback.status == "not yet"
    assert feedback.message.startswith("Your code raised TypeError")
    assert "unsupported operand" in feedback.message


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (torch.ones(2, 3), "t: expected shape (3, 2), got shape (2, 3)."),
        (
            torch.zeros(6),
            "t: expected shape (3, 2), got shape (6,). The numbers are right, and only their shape is another.",
        ),
        (torch.ones(3, 2), "t: right shape, wrong values: at [0, 0] expected 0, got 1."),
        (torch.full((3, 2), torch.nan), "t: right shape, wrong values: at [0, 0] expected 0, got nan."),
        (None, "t: expected a tensor, got None (does the function return its result?)."),
        ("zero", "t: expected a tensor, got a str."),
    ],
)
def test_compare_says_kind_then_shape_then_values(answer, sentence):
    with pytest.raises(NotYet) as reason:
        compare("t", answer, torch.zeros(3, 2))
    assert str(reason.value) == sentence


def test_compare_finds_the_largest_difference():
    answer = torch.zeros(2, 2)
    answer[1, 0], answer[0, 1] = -7.0, 1.0
    with pytest.raises(NotYet, match=r"at \[1, 0\] expected 0, got -7"):
        compare("t", answer, torch.zeros(2, 2))


def test_compare_knows_the_cause_of_a_wrong_shape():
    row = torch.ones(1, 3)
    with pytest.raises(NotYet, match="The likely cause: a dimension too many"):
        compare("t", row, torch.ones(3), causes=[(row, "a dimension too many")])


def test_compare_keeps_to_its_tolerance():
    compare("t", 1.00009, 1.0, tolerance=1e-4)
    with pytest.raises(NotYet):
        compare("t", 1.001, 1.0, tolerance=1e-4)


def test_checks_look_at_values_that_require_gradients():
    compare("t", torch.ones(2, requires_grad=True), torch.ones(2))


def test_feedback_cannot_be_changed():
    feedback = Feedback("not yet", "Wrong.", 1, 3)
    for owner, name, value in ((feedback, "status", "correct"), (feedback, "passed", True), (feedback, "points", 3)):
        with pytest.raises(AttributeError):
            setattr(owner, name, value)
    for name, value in (("passed", True), ("points", 3), ("__repr__", str)):
        with pytest.raises(AttributeError, match="cannot be set"):
            setattr(Feedback, name, value)
    assert (feedback.passed, feedback.points, feedback.of) == (False, 1, 3)


def test_what_is_required_is_raised_with_the_words_of_the_feedback():
    assert check_square(lambda x: x * x).require().points == 1
    with pytest.raises(
        AssertionError, match=r"^Not yet\. square\(3\): expected 9, got 6\. The likely cause: you doubled it\.$"
    ):
        check_square(lambda x: x + x).require()


def test_an_error_of_the_checks_own_is_not_the_learners():
    @check
    def check_broken(answer):
        return [][answer]

    assert "Your code" not in check_broken(1).message and "IndexError" in check_broken(1).message


@check(parts=2)
def check_choice(answers):
    compare_choices(answers, {"A": "up", "B": "down"}, ["up", "down"], {"A": "a?", "B": "b?"})
    return "Both."


@pytest.mark.parametrize(
    ("answers", "sentence", "points"),
    [
        (["up", "down"], 'Give a dictionary with the keys "A" and "B".', 0),
        ({"A": "up"}, 'Give a dictionary with the keys "A" and "B".', 0),
        ({"A": "up", "B": "left"}, "B: 'left' is none of those to choose from: up, down.", 0),
        ({"A": "up", "B": "up"}, "1 of 2 are right. Look again at B: b?", 1),
        ({"A": "down", "B": "up"}, "0 of 2 are right. Look again at A: a?", 0),
    ],
)
def test_wrong_choices_get_a_sentence_and_the_right_ones_points(answers, sentence, points):
    feedback = check_choice(answers)
    assert (feedback.message, feedback.points, feedback.of) == (sentence, points, 2)


def test_right_choices_pass_in_any_order():
    feedback = check_choice({"B": "down", "A": "up"})
    assert feedback.passed and (feedback.points, feedback.of) == (2, 2)


@pytest.mark.parametrize("answer", [np.int64(6), np.float32(6), np.array(6.0), torch.tensor(6)])
def test_numbers_of_numpy_are_numbers(answer):
    compare("double(3)", answer, 6)


def test_a_kind_has_its_article():
    with pytest.raises(NotYet, match="expected a number, got an OrderedDict"):
        compare("double(3)", OrderedDict(), 6)


def test_a_check_leaves_the_state_of_torch_as_it_was():
    @check
    def check_nothing(answer):
        answer()
        return "Fine."

    def answer():
        torch.manual_seed(1)
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)

    before = torch.get_rng_state()
    assert "switched off for good" in check_nothing(answer).message
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.is_grad_enabled() and torch.get_default_dtype() == torch.float32
