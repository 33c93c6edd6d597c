"""One file a command of `lineshaft`: `run(told) -> exit code`. They print for people; nothing else does."""
