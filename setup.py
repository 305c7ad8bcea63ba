"""What pyproject.toml cannot say: a wheel carries the lessons, as the folder mlp_tutorial/notebooks."""

from setuptools import find_namespace_packages, setup

setup(
    packages=[*find_namespace_packages(include=["mlp_tutorial*"]), "mlp_tutorial.notebooks"],
    package_dir={"mlp_tutorial.notebooks": "notebooks"},
)
