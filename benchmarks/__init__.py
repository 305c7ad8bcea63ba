"""Measurements of the package against its targets and its peers: `python -m benchmarks`."""
