"""A notebook open in JupyterLab, and its explorers: what a learner does to them and sees of them."""

from __future__ import annotations

import ast
import base64
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

#: Milliseconds that one action or one look at the page may take.
PATIENCE = 30_000
# What a notebook's cells have come to; the last widget with a notebook is the one opened last.
_NOTEBOOK = "[...jupyterapp.shell.widgets('main')].filter(widget => widget.content?.model?.cells).at(-1)"
_CELLS = f"""() => [...{_NOTEBOOK}.content.model.cells].map(cell => ({{
    type: cell.type, source: cell.sharedModel.getSource(), tags: cell.getMetadata('tags') ?? [],
    count: cell.executionCount ?? null, outputs: cell.outputs?.toJSON() ?? []}}))"""
_STATUS = f"() => {_NOTEBOOK}.sessionContext.session?.kernel?.status"
_ERRORS = f"""[...{_NOTEBOOK}.content.model.cells].flatMap(cell => (cell.outputs?.toJSON() ?? [])
    .filter(output => output.output_type === 'error' && !(cell.getMetadata('tags') ?? []).includes('raises-exception'))
    .map(error => `${{cell.sharedModel.getSource().split('\\n')[0]}}: ${{error.ename}}: ${{error.evalue}}`))"""
# One word of the page; all cells with their pictures would take longer to hand over than to run.
_ALL_RUN = f"""() => ({_NOTEBOOK}.sessionContext.session?.kernel?.status === 'idle'
    && [...{_NOTEBOOK}.content.model.cells].every(cell =>
        cell.type !== 'code' || cell.executionCount || !cell.sharedModel.getSource().trim()))
    || {_ERRORS}.length > 0"""
_COUNT = f"number => {_NOTEBOOK}.content.model.cells.get(number).executionCount"
_NUMBER = f"""piece => [...{_NOTEBOOK}.content.model.cells]
    .findIndex(cell => cell.type === 'code' && cell.sharedModel.getSource().includes(piece))"""
# An answer of the kernel comes after those to all earlier messages; ipywidgets sends a slider's next value only then.
_SETTLE = f"""async ([root, looks, milliseconds]) => {{
    const kernel = {_NOTEBOOK}.sessionContext.session.kernel, end = performance.now() + milliseconds;
    const request = {{code: '', silent: true, store_history: false, user_expressions: {{}}}};
    const look = () => root.querySelector('img.widget-image').src + root.querySelector('.mlp-status').innerText;
    const playing = () => [...root.querySelectorAll('button')].some(button => button.innerText.trim() === 'pause');
    for (let seen = '', equal = 0; equal < looks;) {{
        if (performance.now() > end) return false;
        await new Promise(done => setTimeout(done, 40));
        await kernel.requestExecute(request).done;
        const now = look();
        equal = now === seen && !playing() ? equal + 1 : 0;
        seen = now;
    }}
    return true; }}"""
_EVALUATE = f"""async expression => {{
    const kernel = {_NOTEBOOK}.sessionContext.session.kernel;
    const request = {{code: '', silent: true, store_history: false, user_expressions: {{value: expression}}}};
    return (await kernel.requestExecute(request).done).content.user_expressions.value; }}"""
_PICTURE = """async image => {
    const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
    return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), '')); }"""


class Notebook:
    """A notebook open in JupyterLab.

    Parameters
    ----------
    browser : Browser
        As `launched_browser` yields it.
    address : str
        As `jupyter_lab` yields it.
    name : str
        The notebook's name in the folder of the server.
    width, height : int
        Size of the window in pixels: tall, for JupyterLab takes cells out of the page that are far from the window.
    """

    def __init__(self, browser: Browser, address: str, name: str, width: int = 1200, height: int = 2400) -> None:
        context = browser.contexts[0] if browser.contexts else browser.new_context()  # shared: it keeps what is loaded
        self.page: Page = context.new_page()
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.set_default_timeout(PATIENCE)
        self.bytes_received = 0
        self.page.on("websocket", lambda socket: socket.on("framereceived", self._count))
        self.page.goto(address.format(name))
        self.page.wait_for_function(f"() => window.jupyterapp && {_NOTEBOOK}?.content.model.cells.length")
        self._wait(lambda: self.page.evaluate(_STATUS) == "idle", "the kernel starts", 60)

    def _count(self, payload: str | bytes) -> None:
        self.bytes_received += len(payload)

    def _wait(self, condition: Callable[[], bool], what: str, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                asked = " ".join(self.page.locator(".jp-Dialog-content").all_inner_texts())
                raise TimeoutError(f"In {seconds:.0f} s this has not come: {what}. {asked}".rstrip())
            self.page.wait_for_timeout(50)

    def cells(self) -> list[dict]:
        """Return type, source, tags, execution count and outputs of every cell, in the page or not."""
        return self.page.evaluate(_CELLS)

    def errors(self) -> list[str]:
        """Return the errors that no cell is tagged for, each with its cell's first line."""
        return self.page.evaluate(f"() => {_ERRORS}")

    def run_all(self, seconds: float = 120) -> None:
        """Run all cells from the menu, and wait until they are done or one has failed."""
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        self.menu("Run", "Run All Cells")
        self._wait(lambda: self.page.evaluate(_ALL_RUN), "all cells have run", seconds)
        if errors := self.errors():
            raise AssertionError("\n".join(errors))

    def menu(self, *labels: str) -> None:
        """Choose from the menu bar: `menu("Run", "Run All Cells")`."""
        self.page.locator(".lm-MenuBar-item", has_text=re.compile(f"^{labels[0]}$")).click()
        for label in labels[1:]:
            self.page.locator(".lm-Menu-item", has=self.page.get_by_text(label, exact=True)).last.click()

    def evaluate(self, expression: str) -> object:
        """Return the value of a Python expression in the kernel: numbers, text, and lists of them."""
        reply = self.page.evaluate(_EVALUATE, expression)
        if reply["status"] != "ok":
            raise RuntimeError(f"{expression}: {reply['ename']}: {reply['evalue']}")
        return ast.literal_eval(reply["data"]["text/plain"])

    def explorer(self, cell: int | str = "explore_training(") -> Explorer:
        """Return the explorer below a cell, given by number or by a piece of its source."""
        number = self.number(cell)
        self.page.evaluate(f"async number => {{ await {_NOTEBOOK}.content.scrollToItem(number, 'start'); }}", number)
        root = self.page.locator(f".jp-Cell[data-windowed-list-index='{number}'] .mlp-explorer")
        root.locator("img.widget-image").first.wait_for()
        return Explorer(self, root)

    def number(self, cell: int | str) -> int:
        """Return the number of the first code cell with a piece of source; the number itself, if it is one."""
        if isinstance(cell, int):
            return cell
        number = self.page.evaluate(_NUMBER, cell)
        if number < 0:
            raise ValueError(f"No code cell contains {cell!r}.")
        return number

    def run_cell(self, cell: int | str, seconds: float = 60) -> None:
        """Run one cell once more, and wait until it is done."""
        number = self.number(cell)
        before = self.page.evaluate(_COUNT, number)
        self.page.evaluate(f"number => {{ {_NOTEBOOK}.content.activeCellIndex = number; }}", number)
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:run-cell')")
        self._wait(lambda: self.page.evaluate(_COUNT, number) not in (before, None), f"cell {number} has run", seconds)
        self._wait(lambda: self.page.evaluate(_STATUS) == "idle", "the kernel is idle", seconds)

    def close(self) -> None:
        """Shut the kernel down and close the page."""
        with self.page.expect_request(lambda request: request.method == "DELETE"):
            self.page.evaluate(f"() => {{ {_NOTEBOOK}.sessionContext.shutdown(); }}")  # the server needs no waiting for
        self.page.close()


class Explorer:
    """An explorer in the page, with what a learner does to it and sees of it."""

    def __init__(self, notebook: Notebook, root: Locator) -> None:
        self.notebook, self.root, self.page = notebook, root, root.page
        self.image = root.locator("img.widget-image").first  # a narrow page shows a second view of it
        self.status_line = root.locator(".mlp-status")

    def slider(self, label: str) -> Locator:
        """Return a slider by its label: one that holds label, track and number; see `field` for the others."""
        return self._control(".widget-hslider", label)

    def handle(self, label: str) -> Locator:
        """Return the handle of a slider."""
        return self._track(label).locator(".noUi-handle")

    def readout(self, label: str) -> str:
        """Return the number that a slider shows, in itself or in the field beside it."""
        field = self.field(label)
        return field.input_value() if field.count() else self.slider(label).locator(".widget-readout").inner_text()

    def field(self, label: str) -> Locator:
        """Return the field beside a slider over round numbers."""
        return self._control(".mlp-number-slider", label).locator("input")

    def _track(self, label: str) -> Locator:
        return self._control(".widget-hslider, .mlp-number-slider", label)

    def type(self, label: str, text: str) -> None:
        """Type over the number that a slider shows."""
        field, readout = self.field(label), self.slider(label).locator(".widget-readout")
        (field if field.count() else readout).click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def _control(self, kind: str, label: str) -> Locator:
        own_label = self.page.locator(".widget-label", has_text=re.compile(f"^{re.escape(label)}$"))
        return self.root.locator(kind, has=own_label)

    def grab(self, label: str) -> None:
        """Press the mouse button on a slider's handle."""
        self.handle(label).scroll_into_view_if_needed()
        grip = self.handle(label).bounding_box()
        self.page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
        self.page.mouse.down()

    def drag_on(self, label: str, position: float) -> None:
        """Move the grabbed handle to a position from 0 (left end) to 1."""
        track = self._track(label).locator(".noUi-connects").bounding_box()
        self.page.mouse.move(track["x"] + position * track["width"], track["y"] + track["height"] / 2)

    def drag(self, label: str, positions: Sequence[float], pause: float = 0.0) -> None:
        """Drag a slider's handle with the mouse over some positions, from 0 (left end) to 1, and let it go."""
        self.grab(label)
        for position in positions:
            self.drag_on(label, position)
            self.page.wait_for_timeout(1000 * pause)
        self.page.mouse.up()

    def press(self, label: str, key: str, times: int = 1) -> None:
        """Move a slider with the keyboard."""
        for _ in range(times):
            self.handle(label).press(key)

    def choose(self, label: str, option: str) -> None:
        """Choose from a menu, after `unfold`."""
        self._control(".widget-dropdown", label).locator("select").select_option(label=option)

    def unfold(self) -> None:
        """Open what is folded under "More"."""
        self.root.locator(".lm-Collapse-header, .jupyter-widget-Collapse-header").first.click()

    def click(self, button: str) -> None:
        """Click a button."""
        self.button(button).click()

    def button(self, label: str) -> Locator:
        """Return a button by its label."""
        return self.root.locator("button.jupyter-button", has_text=re.compile(f"^{label}$"))

    def status(self) -> str:
        """Return the status line without the note below it."""
        return self.status_line.locator("div").first.inner_text()

    def note(self) -> str:
        """Return the note below the status line."""
        return self.status_line.locator(".note").inner_text()

    def epoch(self) -> int:
        """Return the epoch that the status line names."""
        return int(re.match(r"epoch ([\d,]+)", self.status())[1].replace(",", ""))

    def picture(self) -> bytes:
        """Return the picture shown, as it came from the kernel."""
        return base64.b64decode(self.image.evaluate(_PICTURE))

    def drawn(self) -> tuple[float, float]:
        """Return how wide the picture is in the page, in pixels, and how many dots it has for each."""
        width = self.image.bounding_box()["width"]
        return width, self.image.evaluate("image => image.decode().then(() => image.naturalWidth)") / width

    def settle(self, seconds: float = 60) -> None:
        """Wait until the kernel has answered every move and no run is under way."""
        looks = 6  # longer than the rest after which a lasting picture comes
        if not self.page.evaluate(_SETTLE, [self.root.element_handle(), looks, 1000 * seconds]):
            raise TimeoutError(f"The explorer has not come to rest in {seconds:.0f} s: {self.status()}")

    def screenshot(self, path: Path) -> None:
        """Store what the explorer looks like."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.root.screenshot(path=path)
