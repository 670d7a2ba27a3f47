"""`python -m eraser` is `eraser`."""

from eraser.cli import main

main()
