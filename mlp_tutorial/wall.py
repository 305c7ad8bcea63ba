"""Open the wall for a projector, a page without code that needs Voilà: python -m mlp_tutorial.wall

Options go to Voilà: --no-browser, --port=8870. Behind the page's address, ?show=trainer&preset=ten-times opens a preset.
"""

import sys
import tempfile
from pathlib import Path

PAGE = (
    """\
from mlp_tutorial.teaching.wall import Wall
wall = Wall()
wall""",
    """\
from voila.utils import get_query_string
wall.open_address(get_query_string() or "")""",
)
OPTIONS = [
    "--Voila.ip=127.0.0.1",
    # Two kernels wait with the page drawn; the second cell waits for the address.
    "--preheat_kernel=True",
    "--pool_size=2",
    # Voilà's page asks the web for a style sheet that is of no use here, and where no web is, waits for it.
    "--Voila.tornado_settings={'headers': {'Content-Security-Policy': \"style-src 'self' 'unsafe-inline'\"}}",
    # Widgets, and no other extension of JupyterLab: some make the page slow, or do not fit it.
    "--VoilaConfiguration.extension_allowlist=@jupyter-widgets/jupyterlab-manager",
    "--VoilaConfiguration.extension_allowlist=@voila-dashboards/widgets-manager8",
    # The kernels of visitors who have gone end after five minutes.
    "--MappingKernelManager.cull_interval=60",
    "--MappingKernelManager.cull_idle_timeout=300",
]


def main() -> None:
    """Write the page as a notebook, and let Voilà show it."""
    try:
        import nbformat
        from voila.app import Voila
    except ImportError:
        sys.exit(f'Voilà, which shows the page, is not installed here: {sys.executable} -m pip install "voila>=0.5"')
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in PAGE])
    notebook.metadata.kernelspec = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wall.ipynb"
        nbformat.write(notebook, path)
        Voila.launch_instance([str(path), *OPTIONS, *sys.argv[1:]])


if __name__ == "__main__":
    main()
