"""A learner's seat: a server that JupyterHub starts, a kernel with lesson 05, and what the learner does there.

It speaks to JupyterHub, the server and the kernel as a browser does: by HTTP, and by a WebSocket through the hub's proxy.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from dataclasses import dataclass

import psutil
from jupyter_server.services.kernels.connection.base import deserialize_binary_message
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.websocket import websocket_connect

from tools.notebooks import NOTEBOOKS, read

LESSON = NOTEBOOKS / "05_backpropagation.ipynb"
NUM_EPOCHS = 300  # the lesson's own
FINISHED = f"epoch {NUM_EPOCHS} of {NUM_EPOCHS}"  # what the status line then says
#: What the lesson's live trainer is made of, asked of the kernel after the lesson has run.
PARTS = """
import json, os
import ipywidgets
trainer = next(w for w in ipywidgets.Widget.widgets.values() if type(w).__name__ == "TrainingExplorer")
rate = trainer.controls["learning_rate"].slider
print(json.dumps({
    "rate": rate.model_id, "width": trainer.controls["width"].model_id, "image": trainer.canvas.image.model_id,
    "status": trainer.status_line.widget.model_id, "process": os.getpid(),
    "rates": [i for i, (_, value) in enumerate(rate.options) if 0.03 <= value <= 0.5],
}))
"""
#: The same steps of gradient descent as those of a move, without measuring and drawing; prints processor time.
BARE_LOOP = f"""
def bare_loop():
    torch.manual_seed(0)
    model = NeuralNetworkModel(2, [8, 8], 3)
    optimizer, criterion = torch.optim.SGD(model.parameters(), lr=0.1), nn.CrossEntropyLoss()
    began = time.process_time()
    for _ in range({NUM_EPOCHS}):
        optimizer.zero_grad()
        loss = criterion(model(penguins.X_train), penguins.y_train)
        loss.backward()
        optimizer.step()
        loss.item()
    return time.process_time() - began

import statistics, time
print(statistics.median(bare_loop() for _ in range(9)))
"""
#: What the learner runs in between: a small cell of the lesson.
OWN_CELL = 'print(f"loss at w1 = 0.80: {loss_of(0.80):.4f}")'
POLL_EVERY = 10.0  # seconds after which JupyterLab asks the server for news


@dataclass
class Move:
    """A move of a slider: when it was sent, and the seconds to its first picture and to its finished curve."""

    sent: float
    first: float | None = None
    finished: float | None = None


class Seat:
    """One learner."""

    def __init__(self, address: str, token: str, number: int) -> None:
        self.name = f"learner{number:02}"
        self._http, self._headers = AsyncHTTPClient(), {"Authorization": f"token {token}"}
        self._hub, self._server = f"{address}/hub/api", f"{address}/user/{self.name}"
        self._random = random.Random(number)
        self._waiting: dict[str, asyncio.Future] = {}  # the answers to what was executed, by the message's id
        self._printed: dict[str, str] = {}
        self._move, self._move_id, self._move_answered = Move(0.0), "", False
        self._value = {"rate": -1, "width": 8}

    async def start(self) -> None:
        """Let JupyterHub start the server, start a kernel there, and run the lesson."""
        await self._ask("POST", f"{self._hub}/users/{self.name}")
        await self._ask("POST", f"{self._hub}/users/{self.name}/server")
        while not (server := await self._server_state()).get("ready"):
            if not server:
                raise RuntimeError(f"JupyterHub could not start the server of {self.name}.")
            await asyncio.sleep(0.3)
        kernel = await self._ask("POST", f"{self._server}/api/kernels", {"name": "lessons"})
        channels = f"{self._server.replace('http', 'ws', 1)}/api/kernels/{kernel['id']}/channels"
        self._socket = await websocket_connect(HTTPRequest(channels, headers=self._headers), max_message_size=2**26)
        self._listening = asyncio.create_task(self._listen())
        for cell in read(LESSON.read_text(encoding="utf-8")).cells:
            if cell.cell_type == "code":
                await self.execute(cell.source)
        self._parts = json.loads(await self.execute(PARTS))
        self.kernel = psutil.Process(self._parts["process"])
        self.server = self.kernel.parent()
        #: Processor seconds of the server's start, the kernel's, and the lesson's first run.
        self.seconds_to_start = sum(sum(process.cpu_times()[:2]) for process in (self.kernel, self.server))
        self._polling = asyncio.create_task(self._poll())

    async def _server_state(self) -> dict:
        """Return what JupyterHub says of the server; nothing once it has given up."""
        return (await self._ask("GET", f"{self._hub}/users/{self.name}"))["servers"].get("", {})

    async def stop(self) -> None:
        """Close the page."""
        for task in (self._polling, self._listening):
            task.cancel()
        self._socket.close()

    async def execute(self, source: str) -> str:
        """Run a cell, and return what it printed."""
        content = {"code": source, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        sent = self._send("execute_request", content)
        self._waiting[sent] = asyncio.get_running_loop().create_future()
        await asyncio.wait_for(self._waiting[sent], 180)
        return self._printed.pop(sent, "")

    async def learn(self, period: float, seconds: float) -> tuple[list[Move], list[float]]:
        """Move a slider every `period` seconds, and look; after every fourth move write, and run a cell.

        Returns
        -------
        tuple of (moves, cells)
            The moves that the learner let finish or gave up by the next one, and the seconds that each cell took.
        """
        moves, cells = [], []
        await asyncio.sleep(self._random.uniform(0, period))
        until = time.perf_counter() + seconds - period
        while True:
            moves.append(self.move())
            looking = period * self._random.uniform(0.7, 1.3)
            if len(moves) % 4 == 0 and period > 1:
                await asyncio.sleep(looking / 2)
                began = time.perf_counter()
                await self.execute(OWN_CELL)
                cells.append(time.perf_counter() - began)
                looking = max(looking / 2 - cells[-1], 0)
            await asyncio.sleep(looking)
            if time.perf_counter() > until:
                return moves, cells

    def move(self) -> Move:
        """Move one of two sliders to another place."""
        name = self._random.choice(["rate", "rate", "width"])
        places = self._parts["rates"] if name == "rate" else range(4, 13)
        self._value[name] = self._random.choice([place for place in places if place != self._value[name]])
        state = {"index" if name == "rate" else "value": self._value[name]}
        data = {"method": "update", "state": state, "buffer_paths": []}
        self._move, self._move_answered = Move(time.perf_counter()), False
        self._move_id = self._send("comm_msg", {"comm_id": self._parts[name], "data": data})
        return self._move

    async def last_move_shown(self, within: float) -> bool:
        """Wait for the finished curve of the last move, and tell whether it came and is of the values sent last."""
        until = time.perf_counter() + within
        while self._move.finished is None:
            if time.perf_counter() > until:
                return False
            await asyncio.sleep(0.1)
        index, width = map(int, (await self.execute("print(rate.index, trainer.experiment.hidden_sizes[0])")).split())
        return width == self._value["width"] and self._value["rate"] in (-1, index)

    def _send(self, kind: str, content: dict) -> str:
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": self.name, "username": self.name}
        header |= {"version": "5.3", "date": ""}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self._socket.write_message(json.dumps(message))
        return header["msg_id"]

    async def _listen(self) -> None:
        """Take the kernel's messages as they come."""
        while (frame := await self._socket.read_message()) is not None:
            now = time.perf_counter()
            message = json.loads(frame) if isinstance(frame, str) else deserialize_binary_message(frame)
            kind, content = message["header"]["msg_type"], message["content"]
            parent = message["parent_header"].get("msg_id", "")
            if kind == "stream" and content["name"] == "stdout":
                self._printed[parent] = self._printed.get(parent, "") + content["text"]
            elif kind == "error" and parent in self._waiting:
                self._waiting.pop(parent).set_exception(RuntimeError(f"{content['ename']}: {content['evalue']}"))
            elif kind == "status" and content["execution_state"] == "idle":
                if parent in self._waiting:
                    self._waiting.pop(parent).set_result(None)
                self._move_answered |= parent == self._move_id
            elif kind == "comm_msg" and self._move_answered:
                self._look(now - self._move.sent, content)

    def _look(self, seconds: float, content: dict) -> None:
        """Note the first changed picture, and the status line of the finished curve, which comes with its picture."""
        if content["comm_id"] == self._parts["image"]:
            self._move.first = self._move.first or seconds
        elif content["comm_id"] == self._parts["status"] and FINISHED in content["data"]["state"].get("value", ""):
            self._move.finished = self._move.finished or seconds

    async def _poll(self) -> None:
        """Ask the server for news, as JupyterLab does."""
        while True:
            await asyncio.sleep(POLL_EVERY * self._random.uniform(0.8, 1.2))
            for what in ("kernels", "sessions", "contents/my_lessons?content=1"):
                await self._ask("GET", f"{self._server}/api/{what}")

    async def _ask(self, method: str, address: str, body: dict | None = None) -> dict:
        given = None if method == "GET" else json.dumps(body or {})
        request = HTTPRequest(address, method, self._headers, given, request_timeout=180, connect_timeout=60)
        answer: HTTPResponse = await self._http.fetch(request)
        return json.loads(answer.body) if answer.body else {}
