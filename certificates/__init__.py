"""certificates touch no device: the record, its canonical bytes, signature, page, ledger and audit."""
