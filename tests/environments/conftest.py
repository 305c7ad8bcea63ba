"""Tests that the sessions of noxfile.py start, each in an environment of its own; `make test` leaves them out."""

import os

#: The name of the session.
ENVIRONMENT = os.environ.get("MLP_TUTORIAL_ENVIRONMENT")

if ENVIRONMENT is None:
    collect_ignore_glob = ["test_*.py"]
