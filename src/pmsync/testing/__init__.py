"""What connectors and the engine are tested with; shipped, so that authors of other connectors have it too.

`contract` holds the tests that every connector passes, `memory` the reference connector, `openapi` and `watch` the
checks against a vendor's API document. Only `contract` needs pytest.
"""
