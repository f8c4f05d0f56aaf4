"""hello.py - the smallest useful plugin: greets every process that starts."""

from dataclasses import dataclass

import plughost


@dataclass
class Options:
    greeting: str = plughost.option("hello", text="What it says.")


class Hello(plughost.Plugin[Options]):
    """Greets every process that starts."""

    topics = ["watcher."]

    def handle_init(self) -> None:
        version = self.call("version", timeout=1.0)["version"]
        self.log.info(f"I run beside plughostd {version}")

    def handle_recv(self, event: plughost.Event) -> None:
        if event.action == "spawn":
            self.log.info(f"{self.options.greeting}, {event.watcher}!")
