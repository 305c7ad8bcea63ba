"""A kernel in a process of its own, and the messages that a notebook's front end sends to it."""

import ast
import os
import queue
import sys
import time

from jupyter_client import KernelManager

#: Seconds after which a kernel counts as stuck: on a busy machine a cell may take minutes.
PATIENCE = 300


class Kernel:
    """A kernel of the current environment and, as far as messages go, the front end of its notebook.

    It runs in the folder `cwd`, with the variables `env` added to the environment; one that is None is taken out.
    """

    def __init__(self, cwd=None, env=None):
        self.manager = KernelManager()
        self.manager.kernel_spec.argv[0] = sys.executable
        variables = {**os.environ, **(env or {})}
        variables = {name: value for name, value in variables.items() if value is not None}
        self.manager.start_kernel(cwd=cwd, env=variables)
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)
        self.messages, self.subshell = [], None
        features = self.reply(self.client.kernel_info())["content"].get("supported_features", [])
        if "kernel subshells" in features:  # there JupyterLab sends all messages of widgets to one subshell
            request = self.client.session.msg("create_subshell_request")
            self.client.control_channel.send(request)
            self.subshell = self.client.get_control_msg(timeout=10)["content"]["subshell_id"]

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def reply(self, message_id):
        while (reply := self.client.get_shell_msg(timeout=PATIENCE))["parent_header"]["msg_id"] != message_id:
            pass
        return reply

    def run(self, code):
        reply = self.reply(self.client.execute(code))["content"]
        assert reply["status"] == "ok", "\n".join(reply["traceback"])

    def cell(self, code):
        """Run a cell as a front end does, and return what was published for it, until the kernel is idle.

        After an error the kernel drops what is sent to it for a moment, unless it is told otherwise.
        """
        message_id = self.client.execute(code, stop_on_error=False)
        self.until_answered([message_id])
        return [m for m in self.messages if m["parent_header"].get("msg_id") == message_id]

    def evaluate(self, expression):
        message_id = self.client.execute("", silent=True, user_expressions={"value": expression})
        value = self.reply(message_id)["content"]["user_expressions"]["value"]
        assert value["status"] == "ok", value
        return ast.literal_eval(value["data"]["text/plain"])

    def send(self, model_id, **data):
        message = self.client.session.msg("comm_msg", {"comm_id": model_id, "data": data})
        if self.subshell is not None:
            message["header"]["subshell_id"] = self.subshell
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def move(self, model_id, **state):
        return self.send(model_id, method="update", state=state, buffer_paths=[])

    def click(self, model_id):
        return self.send(model_id, method="custom", content={"event": "click"})

    def until_answered(self, message_ids):
        """Wait until the kernel is idle after each message: a front end sends a slider's next value only then."""
        waiting, deadline = set(message_ids), time.monotonic() + PATIENCE
        while waiting:
            assert time.monotonic() < deadline, f"{len(waiting)} messages were never answered"
            try:
                message = self.client.get_iopub_msg(timeout=0.5)
            except queue.Empty:
                continue
            self.messages.append(message)
            if message["content"].get("execution_state") == "idle":
                waiting.discard(message["parent_header"]["msg_id"])

    def complaints(self):
        """What went wrong in a callback, and what was printed, where no learner would look for it."""
        return [m["content"] for m in self.messages if m["msg_type"] in ("error", "stream")]

    def pictures(self):
        updates = [m for m in self.messages if m["msg_type"] == "comm_msg"]
        return [bytes(m["buffers"][0]) for m in updates if m["content"]["data"].get("buffer_paths") == [["value"]]]
