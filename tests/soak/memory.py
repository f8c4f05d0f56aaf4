"""How much memory the daemon may have when nothing runs. Pure."""

WARM_UP = 2  # looks that are not compared: queues, last lines and tables grow to what they need
GROUP = 3  # looks of which the least counts
# What may come on top of that, in kB. The state itself explains it: last lines and deaths of some 45 watchers (64 and
# 20 KiB at most each, 3.7 MiB) that the first rounds have not filled, and answers that are remembered for five minutes.
# Free memory counts little, since the daemon is started so that it gives it back. A leak grows with each of the
# hundreds of actions between two looks: one of 100 bytes in each of 50,000 requests and deaths is above it.
ALLOWED_KB = 4096


class Memory:
    """Looks at RssAnon, always in the same state. Not of a sanitizer's: they keep what was freed."""

    def __init__(self, is_bounded):
        self.is_bounded = is_bounded
        self.samples = []  # kB

    def __str__(self):
        return f"memory with nothing running, kB: {' '.join(map(str, self.samples)) or 'not looked at'}"

    def add(self, kb):
        """Returns what is wrong, or None. The least of the last looks counts, since a peak is no leak."""
        self.samples.append(kb)
        compared = self.samples[WARM_UP:]
        if not self.is_bounded or len(compared) < 2 * GROUP:
            return None
        before, now = max(compared[:GROUP]), min(compared[-GROUP:])
        if now <= before + ALLOWED_KB:
            return None
        return (f"{now} kB of memory are used with nothing running, there were {before} kB, "
                f"{ALLOWED_KB} kB more are allowed; {self}")
