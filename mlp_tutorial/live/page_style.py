"""The style sheet that every explorer brings into the page."""

from __future__ import annotations

from ..display import pixels

# A light background of its own, so that a dark theme cannot make the text unreadable.
_STYLE = """
.mlp-explorer { position: relative; background: #fff; color: #222; padding: 6px 8px; max-width: 672px;
  box-sizing: border-box; container-type: inline-size; color-scheme: light;
  --jp-layout-color0: #fff; --jp-ui-font-color0: #000; --jp-ui-font-color2: #444;
  --jp-widgets-label-color: #222; --jp-widgets-readout-color: #222; --jp-ui-font-color1: #222;
  --jp-widgets-input-color: #222; --jp-widgets-input-background-color: #fff; --jp-layout-color1: #fff;
  --jp-layout-color2: #eee; --jp-content-font-color1: #222; --jp-border-color1: #bbb;
  --jp-widgets-slider-track-color: #ccc; }
.mlp-explorer img { max-width: 100%; height: auto !important; }
.mlp-explorer .widget-readout, .mlp-status { font-variant-numeric: tabular-nums; }
.mlp-status { color: #222; line-height: 1.35; }
.mlp-status .note { color: #7a3300; }
.mlp-spoken, .mlp-spoken * { color: #222; background: #fff; }
.mlp-spoken { position: absolute !important; width: 1px !important; height: 1px !important; margin: 0 !important;
  overflow: hidden !important; clip-path: inset(50%); }
.mlp-clickable { position: relative; display: block !important; overflow: hidden; padding: 0; margin: 0;
  max-width: 100%; width: max-content; flex: 0 0 auto; }
.mlp-clickable img { display: block; }
.mlp-clickable .mlp-click { position: absolute !important; min-width: 0 !important; margin: 0 !important; cursor: pointer;
  padding: 0 !important; background: transparent !important; border: 0 !important; box-shadow: none !important; }
.mlp-clickable .mlp-click:hover { outline: 2px solid #888; }
.mlp-clickable .mlp-click:focus-visible { outline: 3px solid #000; }
.mlp-code { background: #f6f6f6; color: #222; padding: 8px; line-height: 1.35; overflow-x: auto; }
.mlp-full { position: fixed !important; inset: 0; z-index: 99999; margin: 0 auto !important; overflow: auto;
  background: #fff; box-shadow: 0 0 0 100vmax #fff; }
.mlp-full > * { flex-shrink: 0; }
body :has(.mlp-full) { contain: none !important; overflow: visible !important; transform: none !important;
  will-change: auto !important; z-index: auto !important; }
"""
# Lengths of JupyterLab's own style, in pixels at scale 1, where it holds.
_LENGTHS = {
    "--jp-widgets-font-size": 13,
    "--jp-widgets-inline-height": 28,
    "--jp-widgets-inline-width": 300,
    "--jp-widgets-slider-handle-size": 20,
    "--jp-widgets-slider-track-thickness": 4,
    "--jp-widgets-radio-item-height": 24,
    "max-width": 672,
}
_LARGER = f"""\
.mlp-explorer:not(.mlp-scale-100) {{ {" ".join(f"{name}: {pixels(length)};" for name, length in _LENGTHS.items())} }}
.mlp-status, .mlp-explorer .lm-Collapse-header, .mlp-explorer .jupyter-widget-Collapse-header {{ font-size: {pixels(13)}; }}
.mlp-code {{ font-size: {pixels(12)}; }}
"""
#: Height of the status line, in pixels at scale 1, where the explorer is no wider than so.
_STATUS_HEIGHTS = {480: 112, 320: 148}


def scale_class(scale: float) -> str:
    """Return the CSS class of an explorer at a scale; explorers of several scales may share a page."""
    return f"mlp-scale-{round(100 * scale)}"


def style_sheet(scale: float) -> str:
    """Return what brings the explorers' style into the page, for those at a scale."""
    own = f".{scale_class(scale)}"
    narrow = "".join(  # conditions of a container can hold no variable
        f"@container (max-width: {round(width * scale)}px) "
        f"{{ {own} .mlp-status-room {{ height: {pixels(height)} !important; }} }}\n"
        for width, height in _STATUS_HEIGHTS.items()
    )
    return f"<style>{_STYLE}{_LARGER}{own} {{ --mlp-scale: {scale}; }}\n{narrow}</style>"
