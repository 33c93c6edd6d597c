import re
from pathlib import Path

from dashboard import i18n
from dashboard.i18n import LANGUAGES, Words, texts

DASHBOARD = Path(i18n.__file__).parent.parent
# t("key") and words("key"); keys made of parts (`state.${name}`) are told by their first word.
WRITTEN = re.compile(r"""(?<![\w.])(?:t|words)\(\s*(?:"([^"$]+)"|[`f]"?([a-z_.]+)\.[{$])""")


def test_all_languages_have_the_same_keys() -> None:
    first, *others = [set(texts(language)) for language in LANGUAGES]
    assert all(other == first for other in others)


def test_all_languages_have_the_same_parameters() -> None:
    def parameters(text: str) -> set[str]:
        return set(re.findall(r"\{\w+\}", text))

    for key, text in texts("en").items():
        assert parameters(texts("zh-CN")[key]) == parameters(text), key


def test_no_text_is_empty_or_left_in_english() -> None:
    alike = {key for key, text in texts("en").items() if text == texts("zh-CN")[key]}
    assert all(texts("en").values())
    assert all(texts("zh-CN").values())
    assert alike <= {"alarm.rule", "eta.between", "flavour.plain", "flavour.timescaledb", "of"}


def test_every_key_that_is_written_has_a_text() -> None:
    files = [*DASHBOARD.rglob("*.py"), *DASHBOARD.glob("assets/**/*.js")]
    written = [match for file in files for match in WRITTEN.findall(file.read_text("utf-8"))]
    assert len(written) > 150
    for whole, start in written:
        if whole:
            assert whole in texts("en"), whole
        else:
            assert any(key.startswith(f"{start}.") for key in texts("en")), start


def test_a_name_is_given_in_the_visitors_language() -> None:
    name = {"en": "Line 1", "zh": "产线 1"}
    assert [Words(language).of(name) for language in LANGUAGES] == ["Line 1", "产线 1"]
    assert Words("zh-CN").of({"en": "Line 1", "zh": ""}) == "Line 1"
    assert Words("en").of("Line 1") == "Line 1"
    assert Words("en").of(None) == "\N{EN DASH}"
