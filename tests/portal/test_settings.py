"""Settings: read once, refused in words, documented."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from portal.settings import PREFIX, SettingError, Settings, kept_secret, load

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


def test_settings_have_defaults_that_need_no_environment(tmp_path: Path) -> None:
    settings = load({"PARVIS_DATA": str(tmp_path)})

    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path / 'parvis.db'}"
    assert settings.public_url == "http://localhost:8000"
    assert settings.host == "localhost"
    assert not settings.is_secure
    assert not settings.demo


def test_settings_secrets_are_made_once_and_kept_for_their_owner_only(tmp_path: Path) -> None:
    first = load({"PARVIS_DATA": str(tmp_path)})
    second = load({"PARVIS_DATA": str(tmp_path)})

    assert first.secret_key == second.secret_key
    assert first.secret_key != first.media_secret
    assert len(first.secret_key) >= 43
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_settings_secret_of_a_start_that_came_first_is_kept(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("made by the other process\n")

    assert kept_secret(tmp_path, "secret_key") == "made by the other process"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "parvis.example.fr"),
        ("PUBLIC_URL", "https://parvis.example.fr/portal"),
        ("MEDIA_PORT", "0"),
        ("MEDIA_PORT", "70000"),
        ("MEDIA_PORT", "http"),
        ("TRUSTED_PROXIES", "the proxy"),
        ("MEDIA_WORKERS", "0"),
        ("MEDIA_WORKERS", "60000"),
        ("LOCALE", "de"),
        ("DEMO", "perhaps"),
        ("PUBLC_URL", "https://parvis.example.fr"),
    ],
)
def test_settings_refuse_a_value_they_cannot_use_and_name_it(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingError, match=PREFIX + name):
        load({"PARVIS_DATA": str(tmp_path), PREFIX + name: value})


def test_settings_document_lists_exactly_the_settings_there_are() -> None:
    documented = re.findall(rf"^\| `{PREFIX}([A-Z_]+)` \|", DOCUMENT.read_text(), flags=re.MULTILINE)

    assert sorted(documented) == sorted(field.name.upper() for field in fields(Settings))
