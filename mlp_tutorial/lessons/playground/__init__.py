"""The playground, of `playground.ipynb`."""

from mlp_tutorial.lessons.playground.playground_explorer import explore_playground

__all__ = ["explore_playground"]
