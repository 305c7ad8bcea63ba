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
.mlp-parts .mlp-first, .mlp-parts .mlp-second { flex: 0 0 auto; max-width: 100%; overflow: hidden; margin: 0; padding: 0; }
.mlp-parts .widget-html-content, .mlp-parts .widget-html { line-height: 0; margin: 0; }
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
.mlp-code { background: #f6f6f6; color: #222; padding: 8px; font-size: 12px; line-height: 1.35; margin: 0;
  max-height: 22em; overflow: auto; }
.mlp-full { position: fixed !important; inset: 0; z-index: 99999; margin: 0 auto !important; overflow: auto;
  background: #fff; box-shadow: 0 0 0 100vmax #fff; }
.mlp-full > * { flex-shrink: 0; }
body :has(.mlp-full) { contain: none !important; overflow: visible !important; transform: none !important;
  will-change: auto !important; z-index: auto !important; }
"""
# Lengths of JupyterLab's own style, in pixels at scale 1.
_LENGTHS = {
    "--jp-widgets-font-size": 13,
    "--jp-widgets-inline-height": 28,
    "--jp-widgets-inline-width": 300,
    "--jp-widgets-slider-handle-size": 20,
    "--jp-widgets-slider-track-thickness": 4,
    "--jp-widgets-radio-item-height": 24,
    "max-width": 672,
}
#: Share of a picture's width down to which it shrinks as a whole: the smallest text, of 10.4 pixels, is 9 high then.
_SHRUNK = 0.87
#: Height of the status line, in pixels at scale 1, where the explorer is no wider than so.
_STATUS_HEIGHTS = {480: 112, 320: 148}


def size_class(width: int, scale: float) -> str:
    """Return the CSS class of an explorer with a picture so wide, at a scale; others may share its page."""
    return f"mlp-{width}-{round(100 * scale)}"


def style_sheet(width: int, scale: float) -> str:
    """Return what brings the style for explorers with a picture so wide, at a scale, into the page."""
    own = f".{size_class(width, scale)}"
    lengths = "".join(f"{name}: {pixels(length)}; " for name, length in _LENGTHS.items())
    larger = f"""\
{own} {{ --mlp-scale: {scale}; {lengths}}}
{own} .mlp-status, {own} .lm-Collapse-header, {own} .jupyter-widget-Collapse-header {{ font-size: {pixels(13)}; }}
{own} .mlp-code {{ font-size: {pixels(12)}; }}
"""
    narrow = "".join(  # the condition of a container can hold no variable
        f"@container (max-width: {round(width * scale)}px) "
        f"{{ {own} .mlp-status-room {{ height: {pixels(height)} !important; }} }}\n"
        for width, height in _STATUS_HEIGHTS.items()
    )
    shrunk = round(_SHRUNK * width)

    def whole(parts: str) -> str:
        return (
            f"{parts} .mlp-first {{ width: auto !important; }}\n{parts} .mlp-second {{ display: none !important; }}\n"
        )

    def scrolling(parts: str) -> str:
        return f"""\
{whole(parts)}{parts} .mlp-first {{ overflow-x: auto; }}
{parts} img {{ width: {shrunk}px !important; }}
"""

    both, in_one = f"{own} .mlp-parts", f"{own} .mlp-whole"
    parts = f"""\
@supports not (container-type: inline-size) {{ {whole(both)} }}
@container (min-width: {shrunk}px) {{ {whole(both)} }}
@container (max-width: {shrunk - 1}px) {{
{both} img, {both} .widget-html, {own} .mlp-clickable {{ max-width: none; }}
{scrolling(in_one)} }}
@container (max-width: {round(width / 2 * scale) - 1}px) {{ {scrolling(both)} }}
"""
    return f"<style>{_STYLE}{narrow if scale == 1 else larger + narrow}{parts}</style>"
