"""Colours as readers with a colour-vision deficiency see them: for tests, and to look at pictures.

    python tools/colours.py PICTURE [PICTURE ...]    writes each beside itself as three more, PICTURE-deuteranopia.png, …

The matrices are those of Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
Deficiency", 2009, for the complete deficiency; they apply to linear RGB.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def seen_with(deficiency: str, colours: np.ndarray) -> np.ndarray:
    """Return sRGB colours, from 0 to 1, of shape (..., 3), as a reader with a deficiency sees them."""
    linear = _linear(np.asarray(colours, float)) @ np.array(DEFICIENCIES[deficiency]).T
    linear = linear.clip(0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return how different sRGB colours look: 2 is just seen, 100 is black against white (CIE 1976)."""
    return np.linalg.norm(_lab(first) - _lab(second), axis=-1)


def _linear(colours: np.ndarray) -> np.ndarray:
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def _lab(colours: np.ndarray) -> np.ndarray:
    ratios = _linear(np.asarray(colours, float)) @ _TO_XYZ.T / _TO_XYZ.sum(1)
    roots = np.where(ratios > 0.008856, np.cbrt(ratios), 7.787 * ratios + 16 / 116)
    x, y, z = np.moveaxis(roots, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def main(paths: list[str]) -> None:
    """Write the pictures as they are seen."""
    for path in map(Path, paths):
        picture = np.asarray(Image.open(path).convert("RGB")) / 255
        for deficiency in DEFICIENCIES:
            seen = Image.fromarray((255 * seen_with(deficiency, picture)).round().astype(np.uint8))
            seen.save(path.with_name(f"{path.stem}-{deficiency}.png"))


if __name__ == "__main__":
    main(sys.argv[1:])
