"""One explorer for all tests of a module that only read it."""

import pytest

from tests.lessons.forward_pass.helpers import without_pictures


@pytest.fixture(scope="module")
def explorer():
    return without_pictures()
