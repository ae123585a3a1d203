"""A passkey without hardware, for tests: it answers a challenge as an authenticator does, or as one that cheats."""

import json
import secrets
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

Flag = AuthenticatorData.FLAG
PRESENT = Flag.UP
VERIFIED = Flag.UP | Flag.UV


class SoftPasskey:
    """One key. `origin` is where the browser says that it is."""

    def __init__(self, *, host: str = "unroll.example", origin: str = "https://unroll.example") -> None:
        self.origin = origin
        self._host = sha256(host.encode())
        self._id = secrets.token_bytes(16)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._owner = ""

    def made(self, options: dict[str, Any], *, flags: Flag = VERIFIED) -> str:
        """The answer to a wish for a new passkey."""
        self._owner = options["user"]["id"]
        public = ES256.from_cryptography_key(self._key.public_key())  # type: ignore[no-untyped-call]
        credential = AttestedCredentialData.create(bytes(16), self._id, public)
        data = AuthenticatorData.create(self._host, flags | Flag.AT, 0, credential)
        shown = AttestationObject.create("none", data, {})
        client = self._client_data("webauthn.create", options)
        return self._answer({"clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(shown)})

    def signed(self, options: dict[str, Any], *, flags: Flag = VERIFIED) -> str:
        """The answer to a challenge."""
        client, data = self._client_data("webauthn.get", options), AuthenticatorData.create(self._host, flags, 0)
        signature = self._key.sign(data + sha256(client), ec.ECDSA(SHA256()))
        values = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        encoded = {name: websafe_encode(value) for name, value in values.items()}
        return self._answer(encoded | {"userHandle": self._owner})

    def _client_data(self, kind: str, options: dict[str, Any]) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, str]) -> str:
        name = websafe_encode(self._id)
        answer = {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}
        return json.dumps(answer | {"authenticatorAttachment": "platform"})
