"""Where to read from: one file a protocol, one line here."""
