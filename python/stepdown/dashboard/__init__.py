"""A dashboard over runs and result sets: `arms` reads them, `app` shows them, `serve` is the server; needs marimo, of the extra ``dashboard``."""
