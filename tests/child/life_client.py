"""life_client.py - a client that prints what comes of what it asks for; see life_client.c."""

import sys

import plughost

TIMEOUT = 10.0
EVENTS = 5


def incr(endpoint: str, name: str, count: int) -> None:
    with plughost.Client(endpoint) as client:
        for _ in range(count):
            print(client.call("incr", name=name, timeout=TIMEOUT)["numprocesses"])


def follow(endpoint: str, name: str, rounds: int) -> None:
    for _ in range(rounds):
        with plughost.Client(endpoint) as client:
            state = client.follow("watcher.", TIMEOUT)
            print(state["statuses"][name], state["seq"])
            for _ in range(EVENTS):
                event = client.receive(TIMEOUT)
                print(event.seq, event.action)


def main() -> int:
    endpoint, command, name, count = sys.argv[1:]
    try:
        (incr if command == "incr" else follow)(endpoint, name, int(count))
    except plughost.Error as error:
        print(f"{error.code}: {error.reason}")
        return 1
    return 0


sys.exit(main())
