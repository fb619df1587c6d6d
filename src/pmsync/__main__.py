"""`python -m pmsync`."""

from pmsync.cli import main

main()
