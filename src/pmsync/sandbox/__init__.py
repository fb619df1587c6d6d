"""The shared core of the tools' emulators: one process, loopback only, the vendor's own client talks real HTTP to it.

An emulator answers requests under a lock and knows nothing of sockets; `Sandbox` wraps it with the control routes, the
request log and the faults, and is a WSGI application; `server` serves it. Everything can be called in process.
"""
