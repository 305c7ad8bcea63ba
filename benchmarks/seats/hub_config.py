"""The JupyterHub that is measured: that of deploy/jupyterhub_config.py, on loopback and with learners for a trial."""

import os
from pathlib import Path

c = get_config()  # noqa: F821
load_subconfig(str(Path(__file__).parents[2] / "deploy" / "jupyterhub_config.py"))  # noqa: F821

HOMES = Path(os.environ["SEATS_FOLDER"])
PORT = int(os.environ["SEATS_PORT"])
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(HOMES / "{username}")
c.Spawner.environment.update({name: os.environ[name] for name in ("PYTHONPATH", "JUPYTER_PATH", "PATH")})
c.Spawner.args += ["--allow-root"]
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.bind_url = f"http://127.0.0.1:{PORT}"
c.JupyterHub.hub_port = PORT + 1
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PORT + 2}"
c.ConfigurableHTTPProxy.pid_file = str(HOMES / "proxy.pid")
c.JupyterHub.db_url = "sqlite:///:memory:"
c.JupyterHub.cookie_secret = os.urandom(32)
c.JupyterHub.log_level = "WARN"
c.JupyterHub.services = [{"name": "learners", "api_token": os.environ["SEATS_TOKEN"]}]
c.JupyterHub.load_roles = [
    {"name": "learners", "services": ["learners"], "scopes": ["admin:users", "admin:servers", "access:servers"]}
]
