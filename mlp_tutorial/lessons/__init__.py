"""One module a lesson: its explorers and the checks of its exercises."""
