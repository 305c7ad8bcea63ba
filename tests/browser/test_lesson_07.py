"""Lesson 07 in JupyterLab: everything runs, every explorer shows its picture, and its sliders are alive."""

LESSON = "07_losses.ipynb"


def test_dragging_the_prediction_and_choosing_a_loss(notebook, screenshots):
    explorer = notebook.explorer("explore_loss()")
    explorer.settle()
    assert explorer.drawn() == (640, 2)
    assert explorer.status().startswith("MSE: loss 4.00 · gradient 4.00")
    pictures = [explorer.picture()]
    explorer.drag("prediction", [0.6, 0.5, 0.25], pause=0.05)
    explorer.settle()
    assert explorer.readout("prediction") in explorer.status()
    pictures.append(explorer.picture())
    explorer.choose("loss", "MAE")
    explorer.settle()
    assert "MAE: loss" in explorer.status() and "gradient −1.00" in explorer.status()
    pictures.append(explorer.picture())
    assert len(set(pictures)) == 3
    explorer.screenshot(screenshots / "lesson-07-loss.png")


def test_the_curve_of_the_noise_follows_the_prediction(notebook, screenshots):
    explorer = notebook.explorer("explore_likelihood(")
    explorer.press("prediction", "ArrowLeft", times=14)
    explorer.settle()
    assert "This is the mean of the targets" in explorer.note()
    explorer.screenshot(screenshots / "lesson-07-likelihood.png")


def test_the_outlier_moves_the_lines(notebook, screenshots):
    explorer = notebook.explorer("explore_outlier()")
    explorer.drag("mass (kg)", [0.3, 0.7], pause=0.05)
    explorer.press("mass (kg)", "End")
    explorer.settle()
    assert explorer.status().endswith("MSE 121 · MAE 58 · Huber 60")
    explorer.screenshot(screenshots / "lesson-07-outlier.png")
    explorer.press("mass (kg)", "Home")
    explorer.settle()
    assert "MSE 32" in explorer.status()


def test_a_sure_and_wrong_answer_and_label_smoothing(notebook, screenshots):
    explorer = notebook.explorer("explore_confidence(logits")
    explorer.press("logit Adelie", "Home")
    explorer.settle()
    assert "answer Chinstrap: wrong" in explorer.status() and "Sure and wrong" in explorer.note()
    explorer.screenshot(screenshots / "lesson-07-confidence.png")
    explorer.press("logit Adelie", "End")
    explorer.drag("smoothing", [0.2, 0.4], pause=0.05)
    explorer.settle()
    assert "with label smoothing, that costs again" in explorer.note()
    explorer.screenshot(screenshots / "lesson-07-smoothing.png")


def test_the_trainer_runs_on_a_loss_of_the_learners(notebook, screenshots):
    explorer = notebook.explorer("explore_training(criterion")
    explorer.press("learning rate", "ArrowRight", times=3)
    explorer.settle()
    assert "epoch 200 of 200" in explorer.status()
    explorer.screenshot(screenshots / "lesson-07-training.png")
    assert not notebook.errors()
