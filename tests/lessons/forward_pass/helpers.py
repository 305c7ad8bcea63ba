"""An explorer of the forward pass without its pictures."""

from mlp_tutorial.lessons.forward_pass.forward_stepper import explore_forward

NUM_STEPS = 22


def without_pictures(**settings):
    """Return an explorer that computes everything at each move, but paints no picture: that takes most of the time."""
    explorer = explore_forward(**settings)
    explorer.canvas.paint = lambda **_: None
    return explorer
