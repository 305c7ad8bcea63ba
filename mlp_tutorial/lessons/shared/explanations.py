"""What an error in a learner's code means, in a sentence: what Python or PyTorch said, where, and what to do."""

from __future__ import annotations

import builtins
import difflib
import re
import traceback
from collections.abc import Collection

from mlp_tutorial.lessons.shared import unwritten

#: Of what PyTorch says, a pattern, and what to do.
_ADVICE = (
    (
        "Boolean value of Tensor|truth value of an array",
        "`if`, `and` and `max` ask one number whether it is true; a tensor holds many. "
        "Choose number by number: torch.where(z > 0, …, …), or torch.clamp, torch.maximum.",
    ),
    (
        "can be converted to|must be real number|Tensor to (a )?Number",
        "The functions of `math` and float() take one number; a tensor holds many: use torch's.",
    ),
    (
        "in-place operation|inplace operation",
        "A tensor is changed in place (as -=, [...] = and names with _ at the end do) that a gradient has to pass "
        "through. Make a new tensor: x = x - …",
    ),
    (r"Can't call numpy\(\)", "NumPy knows no gradients: use torch's functions."),
    ("bitwise_xor|for \\^", "A power is written **: ^ is something else in Python."),
    (
        "must have the same dtype|dtypes match|expected scalar type|Found dtype|Type promoting not supported",
        "Numbers of two types meet: .float() and .to(other.dtype) make one of them.",
    ),
    (
        "not implemented for 'Long'|with class probabilities, got Long",
        "Whole numbers stand where decimal ones belong: a loss takes the outputs first, then the targets.",
    ),
    (
        "does not require grad and does not have a grad_fn",
        "What is to be differentiated does not depend on the weights: .detach(), .item() or torch.no_grad() has cut it off.",
    ),
    (
        "cannot be multiplied|inconsistent tensor size",
        "In a matrix product the two inner sizes must agree; .T turns a matrix over.",
    ),
    ("before Module.__init__", "The first line of __init__ is super().__init__(), before anything is stored."),
    (r"__init__\(\) takes 1 positional", "Is it written __init__, with two underscores on each side?"),
    ("maximum recursion depth", "The function calls itself without end."),
    (
        'missing the required "forward"',
        "A ModuleList is a list, and a class needs its own forward: call layer after layer, in a loop.",
    ),
)

#: What the notebooks import or define above their exercises.
KNOWN_NAMES = frozenset(
    [
        "torch",
        "nn",
        "F",
        "np",
        "pd",
        "math",
        "time",
        "plt",
        "pairwise",
        "NeuralNetworkModel",
        "Dataset",
        "PENGUINS_FILE",
        "MyModel",
        "ActivationModel",
    ]
)
#: What checks call their answers where the notebooks call them otherwise.
_NOT_IN_NOTEBOOKS = {"model_class", "hidden_sizes", "numbers", "activation", "dataset", "card"}


def what_failed(error: Exception, answers_of_lesson: Collection[str] = frozenset()) -> str:
    if not getattr(error, "from_answer", False):
        kind = f"{type(error).__name__}: {_cut(str(error))}"
        return f"The check cannot work with this answer ({kind}). Does it have the type and shape that are asked for?"
    if isinstance(error, UnboundLocalError):
        return f"Your code uses {str(error).split(chr(39))[1]} before it gives it a value."
    if isinstance(error, NameError) and error.name:
        return _missing_name(error, KNOWN_NAMES | answers_of_lesson - _NOT_IN_NOTEBOOKS)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "ipykernel" in frame.filename or frame.filename.startswith("<")]
    where = f" in the line `{own[-1].line}`" if own and own[-1].line else ""
    said = _cut(str(error))
    advice = next((f" {words}" for pattern, words in _ADVICE if re.search(pattern, said)), "")
    if isinstance(error, TypeError) and "argument" in said and frames[-1].filename == unwritten.__file__:
        # the answer itself was called, and not by its arguments
        advice = " Keep the arguments of the function as they were in the exercise."
    after = f"{advice}{getattr(error, 'on', '')}"
    stop = "." if after and not said.endswith((".", "!", "?")) else ""
    return f"Your code raised {type(error).__name__}{where}{said and f': {said}'}{stop}{after}"


def _cut(said: str, most: int = 300) -> str:
    """Return what an error says, where it is long only its first line, and that cut."""
    said = said.rstrip()
    return said if len(said) <= most else said.splitlines()[0][:most]


def _missing_name(error: NameError, known: Collection[str]) -> str:
    """Say whether a name was misspelt, or comes from a cell that has not run since the kernel started."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    names = {*frame.f_locals, *frame.f_globals, *vars(builtins), *known}
    near = "".join(f" Did you mean {name!r}?" for name in difflib.get_close_matches(error.name, names, 1, 0.7))
    if error.name in known or (not near and "torch" not in frame.f_globals):
        return (
            f"Your code uses {error.name}, which a cell above defines, and that has not run since the kernel started. Run "
            "the cells above first: Run → Run All Above Selected Cell."
        )
    return f"Your code uses {error.name}, a name that does not exist.{near} If a cell above defines it, run that cell first."
