"""Tables as offices keep them, read cell by cell: delimited text and XLSX. Nothing that isn't understood is left out or guessed."""
