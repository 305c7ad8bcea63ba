"""Every stored notebook is in normal form. That its cells run, with the stored outputs, is checked by nbval."""

import pytest

from tools.notebooks import NOTEBOOKS, problems


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.name)
def test_stored_notebook_is_in_normal_form(path):
    found = problems(path.read_text(encoding="utf-8"))
    assert not found, "\n".join([f"{path.name}: run `make notebooks`, then look at what is left of:", *found])
