"""A class on one machine: what JupyterHub has to know of these lessons. docs/server.md says where this file goes.

It names no spawner and no way to sign in: The Littlest JupyterHub brings both, a JupyterHub of your own has its own.
"""

c = get_config()  # noqa: F821 - JupyterHub gives it to this file

# A seat is a lesson's kernel and the server before it: docs/server.md has what both hold. The limit leaves room for a second
# lesson, and for the longest one.
c.Spawner.mem_guarantee = "384M"
c.Spawner.mem_limit = "1G"
# A move of a slider every three seconds, on a processor that is busy for three quarters of the time.
c.Spawner.cpu_guarantee = 0.07
c.Spawner.cpu_limit = 1.0

# Networks as small as these are fastest on one thread; two threads of each of thirty learners would wait for one another.
# Pictures at rest as coarse as moving ones take half the time of a move's last picture.
c.Spawner.environment = {"OMP_NUM_THREADS": "1", "MLP_TUTORIAL_DENSITY": "1"}

# Everyone works in copies of the lessons, in a folder of their own. Copies that are there are never written over.
c.Spawner.cmd = [
    "sh",
    "-c",
    'python -m mlp_tutorial.lessons --copy-only "$HOME/my_lessons" && exec jupyterhub-singleuser "$@"',
    "jupyterhub-singleuser",
]
c.Spawner.default_url = "/lab/tree/my_lessons"

# Who leaves without closing anything gives the memory back: a kernel ends after 45 idle minutes, its server an hour later.
c.Spawner.args = [
    "--MappingKernelManager.cull_idle_timeout=2700",
    "--MappingKernelManager.cull_interval=300",
    "--MappingKernelManager.cull_connected=True",
    "--ServerApp.shutdown_no_activity_timeout=3600",
    # What no lesson needs: JupyterLab's installing of extensions, its news from the web, servers of programming languages.
    "--LabApp.extension_manager=readonly",
    "--LabApp.news_url=None",
    "--ServerApp.jpserver_extensions={'jupyter_lsp': False}",
]

# A class comes all at once: so many servers start at a time, the others wait their turn, and all take longer than one alone.
c.JupyterHub.concurrent_spawn_limit = 10
c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 120
