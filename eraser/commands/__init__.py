"""The commands, one file each. Nothing is imported before it is called, so that help answers in a blink."""
