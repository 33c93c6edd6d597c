"""Asks the API again and again, in a process of its own, and tells how long each answer took.

Ends when standard input does; then one line of JSON, `[[path, status, seconds], …]`. Standard library only.
"""

import http.client
import json
import sys
import threading
import time

PATHS = ("machines", "alarms", "system", "accounting", "me")
PAUSE_S = 0.05
LEAST = 20
"""Answers, though all be over sooner: of fewer there is no 95th percentile."""
PATIENCE_S = 30


def main(address: str, cookie: str) -> None:
    """Ask, one path after the other."""
    ended = threading.Event()

    def read() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    answers: list[tuple[str, int, float]] = []
    turn = 0
    while not ended.wait(PAUSE_S) or len(answers) < LEAST:
        path = PATHS[turn % len(PATHS)]
        turn += 1
        begun = time.monotonic()
        try:
            connection = http.client.HTTPConnection(address, timeout=PATIENCE_S)
            connection.request("GET", f"/api/v1/{path}", headers={"Cookie": cookie})
            status = connection.getresponse().status
            connection.close()
        except OSError:
            status = 0
        answers.append((path, status, round(time.monotonic() - begun, 4)))
    sys.stdout.write(json.dumps(answers) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
