"""What the service answers over HTTP: the tools' webhooks, and whoever asks how it is.

Read in this order: `guard` (who may ask), `receiver` (webhooks), `health` and `metrics` (how it is), `app` (the
routes), `server` (listening).
"""
