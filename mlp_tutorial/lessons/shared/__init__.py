"""What several lessons use: checks, the live trainer, the race."""
