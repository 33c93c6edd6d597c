"""The live line to browsers: one hub a process reads what is new and sends it to everyone who shows it.

`board` keeps what a topic shows and finds what changed, `kpi` and `rates` compute, `client` is one browser's
outbox, `hub` joins them, `feed` reads the database. Only `feed` does input; only the routes do output.
"""
