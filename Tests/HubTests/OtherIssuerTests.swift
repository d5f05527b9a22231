// Tokens that another program signs, with keys that it made: PyJWT stands for an identity provider,
// whose keys the hub is given as a JWK Set.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized) struct `Other issuers` {
        /// Makes a key of each kind, writes the JWK Set to a file, and prints tokens.
        private static let provider = """
            import base64, json, sys, time, jwt
            from cryptography.hazmat.primitives import serialization
            from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

            def text(data): return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
            def number(value, size=None):
                return text(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))

            keys = {
                "RS256": rsa.generate_private_key(65537, 2048),
                "ES256": ec.generate_private_key(ec.SECP256R1()),
                "EdDSA": ed25519.Ed25519PrivateKey.generate(),
            }
            r, e, o = [keys[name].public_key() for name in ("RS256", "ES256", "EdDSA")]
            raw = o.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            r, e = r.public_numbers(), e.public_numbers()
            json.dump({"keys": [
                {"kid": "RS256", "kty": "RSA", "n": number(r.n), "e": number(r.e)},
                {"kid": "ES256", "kty": "EC", "crv": "P-256", "x": number(e.x, 32),
                 "y": number(e.y, 32)},
                {"kid": "EdDSA", "kty": "OKP", "crv": "Ed25519", "x": text(raw)},
            ]}, open(sys.argv[1], "w"))
            now = int(time.time())
            claims = {"sub": "pia", "role": "admin", "iss": "https://idp.test", "exp": now + 600}
            for name, key in keys.items():
                # A signature has some zero bytes in front now and then.
                for index in range(40):
                    claims["jti"] = str(index)
                    print(jwt.encode(claims, key, algorithm=name, headers={"kid": name}))
            """

        @Test func `what an identity provider signs is taken, by each algorithm`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let path = folder.path + "/keys.json"
            let (code, output) = try ChildProcess.run(
                ["/usr/bin/python3", "-c", Self.provider, path])
            try #require(code == 0, "\(output)")
            let tokens = output.split(separator: "\n").map(String.init)
            #expect(tokens.count == 120)
            let hub = try HubProcess(
                folder,
                settings: [
                    "HUB_JWT_KEYS": path, "HUB_JWT_ISSUER": "https://idp.test",
                    "HUB_PROCESSORS": "none", "HUB_RATE_LIMIT": "off",
                ])
            for token in tokens {
                let answer = try hub.client(token).get("/crm/leads?limit=1")
                #expect(answer.status == 200, "\(answer.text)")
            }
            let parts = tokens[119].split(separator: ".")
            let stranger = tokens[0].split(separator: ".")
            let mixed = "\(parts[0]).\(stranger[1]).\(parts[2])"
            let refused = try hub.client(mixed).get("/crm/leads?limit=1")
            #expect(refused.status == 401 && refused.text.contains("signature"), "\(refused.text)")
            // Its own tokens are taken as before.
            let own = try hub.client(hub.token(for: "admin")).get("/crm/leads?limit=1")
            #expect(own.status == 200, "\(own.text)")
        }
    }
}
