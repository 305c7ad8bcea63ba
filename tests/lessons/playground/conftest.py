"""Every playground is put away after its test: the kernel keeps each widget, with its figure, until it is closed."""

import pytest
from ipywidgets import Widget


@pytest.fixture(autouse=True)
def widgets_closed():
    yield
    Widget.close_all()
