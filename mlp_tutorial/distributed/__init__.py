"""One training shared by several processes."""

from .launch import launch
