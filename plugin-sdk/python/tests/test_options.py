"""Options: what is accepted, and how a mistake is told."""

from __future__ import annotations

import json
import unittest
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Optional

import plughost
from plughost.option import OptionSpec, option, parse_options, read_specs

# Texts with the numbers that they are, null for what is refused. The C tests read it, too.
NUMBERS = Path(__file__).resolve().parents[3] / "tests/unit/common/option_numbers.json"


@dataclass
class Options:
    folder: str = option(text="Where it writes.")
    deaths: int = option(3, min=1, max=100)
    share: float = option(0.5, min=0)
    is_dry: bool = False
    mode: Literal["warn", "stop"] = "stop"
    user: Optional[str] = None


class Values(unittest.TestCase):
    def parse(self, **texts: str) -> Options:
        values: Options = parse_options(Options, {"folder": "/x", **texts})
        return values

    def test_values_have_their_types_and_defaults(self) -> None:
        self.assertEqual(self.parse(), Options("/x", 3, 0.5, False, "stop", None))
        self.assertEqual(self.parse(deaths="+7", share="1e3", is_dry="YES", mode="Warn", user=""),
                         Options("/x", 7, 1000.0, True, "warn", ""))
        for text, value in (("off", False), ("on", True), ("0", False), ("true", True)):
            self.assertEqual(self.parse(is_dry=text).is_dry, value)

    def test_mistakes_are_named_with_what_is_accepted(self) -> None:
        for texts, message in (
                ({"deaths": "many"}, "option 'deaths': 'many' is not an integer"),
                ({"deaths": " 3"}, "option 'deaths': ' 3' is not an integer"),
                ({"deaths": "0"}, "option 'deaths': '0' is not within 1 to 100"),
                ({"deaths": "101"}, "option 'deaths': '101' is not within 1 to 100"),
                ({"deaths": "9" * 20},
                 f"option 'deaths': '{'9' * 20}' is not an integer of 64 bits"),
                ({"share": "half"}, "option 'share': 'half' is not a number"),
                ({"share": "nan"}, "option 'share': 'nan' is not a number"),
                ({"is_dry": "maybe"}, "option 'is_dry': 'maybe' is neither yes nor no"),
                ({"mode": "stpo"},
                 "option 'mode': 'stpo' is none of: warn, stop (did you mean 'stop'?)"),
                ({"foldr": "/"}, "option 'foldr' is not known (did you mean 'folder'?)"),
                ({"zzz": "/"}, "option 'zzz' is not known (it takes folder, deaths, share, is_dry, "
                               "mode, user)")):
            with self.subTest(texts=texts), self.assertRaises(plughost.Error) as caught:
                self.parse(**texts)
            self.assertEqual((caught.exception.code, str(caught.exception)), ("invalid", message))

    def test_numbers_are_what_they_are_in_c(self) -> None:
        for kind, rows in json.loads(NUMBERS.read_text("utf-8")).items():
            self.assertTrue(rows)
            for text, expected in rows:
                with self.subTest(kind=kind, text=text):
                    try:
                        value = OptionSpec("n", kind, None).parse(text)
                    except plughost.Error as error:
                        self.assertEqual(error.code, "invalid")
                        value = None
                    self.assertEqual(value, expected)

    def test_an_integer_may_have_more_digits_than_python_converts(self) -> None:
        spec = OptionSpec("n", "int", None)
        self.assertEqual(spec.parse("-" + "0" * 5000 + "7"), -7)
        with self.assertRaisesRegex(plughost.Error, "is not an integer of 64 bits"):
            spec.parse("9" * 5000)

    def test_a_range_may_have_one_side(self) -> None:
        for spec, text, message in (
                (OptionSpec("n", "int", None, max=0), "1", "option 'n': '1' is more than 0"),
                (OptionSpec("n", "float", None, min=0.5), "0.4",
                 "option 'n': '0.4' is less than 0.5")):
            with self.assertRaises(plughost.Error) as caught:
                spec.parse(text)
            self.assertEqual(str(caught.exception), message)

    def test_one_that_is_required_is_missed(self) -> None:
        with self.assertRaises(plughost.Error) as caught:
            parse_options(Options, {})
        self.assertEqual(str(caught.exception), "option 'folder' is missing: Where it writes.")

    def test_a_class_may_check_what_belongs_together(self) -> None:
        @dataclass
        class Pair:
            low: int = 1
            high: int = 2

            def __post_init__(self) -> None:
                if self.low > self.high:
                    raise ValueError("low is above high")
        with self.assertRaisesRegex(plughost.Error, "the options do not fit: low is above high"):
            parse_options(Pair, {"low": "3"})

    def test_they_are_described_as_the_protocol_says(self) -> None:
        self.assertEqual([spec.describe() for spec in read_specs(Options)], [
            {"name": "folder", "type": "text", "required": True, "text": "Where it writes."},
            {"name": "deaths", "type": "int", "default": "3", "min": 1, "max": 100},
            {"name": "share", "type": "float", "default": "0.5", "min": 0},
            {"name": "is_dry", "type": "bool", "default": "no"},
            {"name": "mode", "type": "choice", "default": "stop", "choices": ["warn", "stop"]},
            {"name": "user", "type": "text"}])

    def test_a_type_that_no_option_has_is_refused_where_the_class_is_written(self) -> None:
        @dataclass
        class Wrong:
            names: list[str] = field(default_factory=list)
        with self.assertRaisesRegex(TypeError, "option 'names' of Wrong has the type .*list"):
            class Plugin(plughost.Plugin[Wrong]):
                pass

        class NoDataclass:
            pass
        with self.assertRaisesRegex(TypeError, "NoDataclass is no dataclass"):
            class Other(plughost.Plugin[NoDataclass]):
                pass

    def test_the_options_are_those_of_the_class_and_of_what_derives_from_it(self) -> None:
        class Base(plughost.Plugin[Options]):
            pass

        class Derived(Base):
            pass

        class Free(plughost.Plugin[Any]):
            pass
        self.assertIs(Derived.options_class, Options)
        free = Free(plughost.Settings("p", options={"any": "text"}))
        self.assertEqual(free.options, {"any": "text"})
        self.assertNotIn("options", free.describe())


if __name__ == "__main__":
    unittest.main()
