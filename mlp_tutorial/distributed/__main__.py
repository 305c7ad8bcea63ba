"""One process of a training that several share; `torchrun` starts it."""

import os
import sys

from .launch import main

main()
# No tidying up: gloo's threads may still be letting go of tensors, for which they need the interpreter. A Python that
# ends by itself then aborts (3 of 8 runs); destroy_process_group() waits for them for ever (PyTorch 2.4, 2 of 10).
sys.stdout.flush()
os._exit(0)
