"""The engine of the moving pictures: a canvas, a runner, controls, and the explorer that puts them together."""
