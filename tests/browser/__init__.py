"""Every lesson in JupyterLab, driven in Chromium by mouse and keyboard."""
