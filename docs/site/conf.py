"""How Sphinx builds the site from the pages that tools/website.py writes."""

from importlib.util import find_spec
from pathlib import Path

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

from mlp_tutorial import __version__
from mlp_tutorial.lessons.copies import repository

project = "The multilayer perceptron, live, in PyTorch"
version = release = __version__
html_math_renderer = "mathml"
extensions = ["myst_parser", "sphinx_copybutton"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
# The lessons are plain Markdown; these would read a percent sign, a plus or a brace as something else.
myst_disable_syntax = ["myst_line_comment", "myst_block_break", "myst_target", "myst_role"]
suppress_warnings = ["myst.header"]  # a cell of a notebook may begin with any level
default_role = "py:obj"  # a name in backticks, in the docstrings
add_module_names = False
toc_object_entries_show_parents = "hide"
language = "en"
html_theme = "pydata_sphinx_theme"
html_title = project
# Without a font made for formulas a browser sets indices too high, and few phones have one. This package has STIX Two Math.
FONT = Path(find_spec("ziamath").origin).parent / "fonts" / "STIXTwoMath-Regular.ttf"
html_static_path = ["style.css", str(FONT)]
html_css_files = ["style.css"]
html_copy_source = html_show_sourcelink = html_show_copyright = False
html_extra_path = ["../../build/site_files"]
copybutton_selector = "div.given pre"
html_theme_options = {
    "logo": {"text": "Multilayer perceptron"},
    "icon_links": [{"name": "Repository", "url": repository(), "icon": "fa-brands fa-github"}],
    "navbar_align": "left",
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def inline_formula(translator, node):
    """Write a formula as MathML, which every browser draws and reads aloud by itself."""
    translator.body.append(convert(node.astext()))
    raise SkipNode


def display_formula(translator, node):
    """Write a formula on a line of its own."""
    translator.body.append(f'<div class="formula" tabindex="0">{convert(node.astext(), display="block")}</div>')
    raise SkipNode


def setup(app):
    """Tell Sphinx how formulas are written."""
    app.add_html_math_renderer("mathml", (inline_formula, None), (display_formula, None))
