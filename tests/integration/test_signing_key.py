"""The signing key is made once, kept for its owner alone, and refused when others could have it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OKPKey

from tracklift_adapters.security.signing_key import exposure, load_or_create_signing_key, load_signing_key
from tracklift_domain.errors import ServiceUnavailableError

STARTER = """
import sys
from pathlib import Path
from tracklift_adapters.security.signing_key import load_or_create_signing_key
print("ready", flush=True)
sys.stdin.readline()
print(load_or_create_signing_key(Path(sys.argv[1])).thumbprint(), flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "signing-key.pem"


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


def test_a_key_is_made_once_and_found_again(path: Path) -> None:
    made = load_or_create_signing_key(path)

    assert made.is_private
    assert made.curve_name == "Ed25519"
    assert load_or_create_signing_key(path).thumbprint() == made.thumbprint()
    assert load_signing_key(path).thumbprint() == made.thumbprint()


def test_only_its_owner_may_read_it_and_nothing_lies_beside_it(path: Path) -> None:
    old = os.umask(0)
    try:
        load_or_create_signing_key(path)
    finally:
        os.umask(old)

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_each_installation_has_a_key_of_its_own(tmp_path: Path) -> None:
    keys = {load_or_create_signing_key(tmp_path / name).thumbprint() for name in ("a", "b", "c")}

    assert len(keys) == 3


def test_processes_that_start_at_once_agree_on_one_key(path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", STARTER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    found = {process.communicate(timeout=60)[0].strip() for process in processes}

    assert found == {load_signing_key(path).thumbprint()}
    assert list(path.parent.iterdir()) == [path]


def test_a_process_that_comes_second_takes_the_key_of_the_first(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both saw that there was none, and the other one was faster."""
    real = os.link
    others = OKPKey.generate_key("Ed25519")

    def link_late(source: Path, target: Path) -> None:
        write(target, others.as_pem(private=True))
        real(source, target)

    monkeypatch.setattr(os, "link", link_late)

    assert load_or_create_signing_key(path).thumbprint() == others.thumbprint()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o601, 0o660, 0o620, 0o666, 0o777])
def test_a_key_that_others_can_read_or_change_is_refused(path: Path, mode: int) -> None:
    load_or_create_signing_key(path)
    path.chmod(mode)

    for load in (load_signing_key, load_or_create_signing_key):
        with pytest.raises(ServiceUnavailableError) as caught:
            load(path)
        assert str(path) in str(caught.value)
        assert f"{mode:04o}" in str(caught.value)
        assert "chmod 600" in str(caught.value)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_key_for_its_owner_alone_is_accepted(path: Path, mode: int) -> None:
    made = load_or_create_signing_key(path)
    path.chmod(mode)

    assert load_signing_key(path).thumbprint() == made.thumbprint()


@pytest.mark.parametrize(
    ("mode", "owner", "accepted"),
    [
        (0o600, 1000, True),
        (0o400, 1000, True),
        (0o700, 1000, True),
        (0o640, 1000, False),
        (0o440, 1000, False),
        (0o604, 1000, False),
        (0o600, 0, True),
        (0o440, 0, True),
        (0o640, 0, True),
        (0o660, 0, False),
        (0o444, 0, False),
        (0o600, 1001, False),
        (0o644, 1001, False),
    ],
)
def test_a_mounted_key_may_be_readable_for_the_group(mode: int, owner: int, accepted: bool) -> None:  # noqa: FBT001
    """Files of the system as Kubernetes mounts them; our own files only for us; nobody else's at all."""
    assert (exposure(0o100000 | mode, owner=owner, user=1000) is None) == accepted


def test_a_missing_key_is_not_made_where_it_must_be_given(path: Path) -> None:
    with pytest.raises(ServiceUnavailableError, match="no such file"):
        load_signing_key(path)

    assert not path.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no key",
        b"\0" * 100,
        b"x" * 100_000,
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        OKPKey.generate_key("Ed25519").as_pem(private=True)[:60],
        OKPKey.generate_key("Ed25519").as_pem(private=True, password="secret"),
        OKPKey.generate_key("Ed25519").as_pem(private=False),
        OKPKey.generate_key("Ed448").as_pem(private=True),
        OKPKey.generate_key("X25519").as_pem(private=True),
        ECKey.generate_key("P-256").as_pem(private=True),
    ],
    ids=range(11),
)
def test_what_is_no_private_ed25519_key_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    write(path, content)

    with pytest.raises(ServiceUnavailableError, match="holds no"):
        load_or_create_signing_key(path)

    assert path.read_bytes() == content


def test_a_key_made_by_openssl_is_read(path: Path) -> None:
    """The example of RFC 8410, section 10.3."""
    write(
        path,
        b"-----BEGIN PRIVATE KEY-----\n"
        b"MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
        b"-----END PRIVATE KEY-----\n",
    )

    assert load_signing_key(path).as_dict(private=False)["x"] == "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"


@pytest.mark.parametrize("name", ["file/key.pem", "folder"])
def test_a_place_that_can_hold_no_key_is_not_available(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()

    with pytest.raises(ServiceUnavailableError, match=str(tmp_path)):
        load_or_create_signing_key(tmp_path / name)


def test_a_full_disk_leaves_no_key_and_no_part_of_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_space)
        with pytest.raises(ServiceUnavailableError, match="No space left"):
            load_or_create_signing_key(path)

    assert list(path.parent.iterdir()) == []
    assert load_or_create_signing_key(path).is_private
