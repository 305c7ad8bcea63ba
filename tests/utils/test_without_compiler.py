"""PyTorch's optimizers work without its compiler being imported, and with it where a learner asks for it."""

import subprocess
import sys

TRAINED = """
import sys
import torch
from torch import nn
import mlp_tutorial.training

for kind in (torch.optim.SGD, torch.optim.RMSprop, torch.optim.Adam, torch.optim.AdamW):
    weight = nn.Parameter(torch.tensor([2.0]))
    optimizer = kind([weight], lr=0.25)
    weight.square().sum().backward()
    optimizer.step()
    assert weight.requires_grad and torch.is_grad_enabled()
    if kind is torch.optim.SGD:
        assert weight.item() == 2 - 0.25 * 4
    optimizer.zero_grad()
    assert weight.grad is None
    optimizer.load_state_dict(optimizer.state_dict())
weight = torch.tensor([2.0], requires_grad=True)
optimizer = torch.optim.SGD([weight.clone()], lr=0.25, differentiable=True)
optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
optimizer.step()
assert optimizer.param_groups[0]["params"][0].requires_grad
print("torch._dynamo" in sys.modules)

layer = nn.Linear(1, 1)
optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)

def step(x):
    loss = (layer(x) - 1).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

losses = [torch.compile(step, backend="eager")(torch.ones(4, 1)) for _ in range(3)]
print(losses[0] > losses[1] > losses[2])
"""


def test_optimizers_work_without_the_compiler_and_a_learner_can_compile():
    done = subprocess.run([sys.executable, "-c", TRAINED], check=False, capture_output=True, text=True, timeout=120)
    assert done.stdout.split() == ["False", "True"], done.stderr
