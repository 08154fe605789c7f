"""Keys and certificates as an operator makes them, with the openssl command."""

import pathlib
import shutil
import subprocess

OPENSSL = shutil.which("openssl")
P256 = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
LIMIT_S = 60


def openssl(*words) -> str:
    ran = subprocess.run([OPENSSL, *map(str, words)], capture_output=True, timeout=LIMIT_S, check=False,
                         stdin=subprocess.DEVNULL)
    assert ran.returncode == 0, f"openssl {words}: {ran.stderr.decode()}"
    return ran.stdout.decode()


def self_signed(folder: pathlib.Path, name: str, *key) -> None:
    """`name`.key and `name`.crt, an authority too."""
    openssl("req", "-x509", "-nodes", "-days", 30, "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key",
            "-out", folder / f"{name}.crt", *(key or P256))


def signed_by(folder: pathlib.Path, name: str, authority: str) -> None:
    """`name`.key and `name`.crt, signed by the authority of that name in the same folder."""
    request = folder / f"{name}.csr"
    openssl("req", *P256, "-nodes", "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key",
            "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", folder / f"{authority}.crt", "-CAkey",
            folder / f"{authority}.key", "-CAcreateserial", "-days", 30, "-out", folder / f"{name}.crt")
