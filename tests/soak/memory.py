"""How much memory the daemon may have when nothing runs. Pure."""


class Memory:
    """PLACEHOLDER"""

    def __init__(self, is_bounded):
        self.is_bounded = is_bounded
        self.samples = []  # kB

    def __str__(self):
        return f"memory with nothing running, kB: {' '.join(map(str, self.samples))}"

    def add(self, kb):
        self.samples.append(kb)
        return None
