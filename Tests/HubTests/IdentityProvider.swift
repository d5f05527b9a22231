// An identity provider of a test: a small server in Python, whose keys PyJWT signs with. It
// publishes them as real ones do, among keys that are of no use, and misbehaves when it is told to.

import Foundation
import Support

/// One provider that runs; used by one thread.
final class IdentityProvider {
    let port: Int
    private let server: ChildProcess

    /// How it answers when it is asked for its keys.
    enum Mode: String {
        case good, failing, giant, hanging, redirecting, empty, malformed
    }

    init() throws {
        port = try TestPort.free()
        server = try ChildProcess(
            ["/usr/bin/python3", "-c", IdentityProvider.program, "\(port)"])
        let port = self.port
        try waitUntil("the identity provider runs") {
            (try? TestClient(port: port).get("/count").status) == 200
        }
    }

    deinit {
        server.signal(SIGKILL)
    }

    /// The setting by which a hub trusts it, under a name.
    func setting(_ name: String = "https://idp.test", audience: String? = nil) -> String {
        "\(name)=http://127.0.0.1:\(port)/keys" + (audience.map { " \($0)" } ?? "")
    }

    private func ask(_ target: String) throws -> String {
        try TestClient(port: port).get(target).text
    }

    func behave(_ mode: Mode) throws { _ = try ask("/mode?\(mode.rawValue)") }

    /// Signs with new keys from now on, and publishes no old ones.
    func rotate() throws { _ = try ask("/rotate") }

    /// How often it was asked for its keys, and for what it redirected to.
    func count() throws -> Int { Int(try ask("/count")) ?? -1 }

    /// A token of its admin, with claims that replace the usual ones.
    func token(
        _ algorithm: String = "ES256", claims: String = "{}", id: String? = nil
    ) throws -> String {
        let text = claims.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return try ask("/token?\(algorithm)&\(text)&\(id ?? "")")
    }

    private static let program = """
        import base64, json, sys, time, urllib.parse, jwt
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

        def text(data): return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
        def number(value, size=None):
            return text(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))

        weak = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
        state = {"mode": "good", "count": 0, "round": 0}

        def make():
            state["round"] += 1
            state["keys"] = {
                "RS256": rsa.generate_private_key(65537, 2048),
                "ES256": ec.generate_private_key(ec.SECP256R1()),
                "EdDSA": ed25519.Ed25519PrivateKey.generate(),
            }

        def name(algorithm): return algorithm + str(state["round"])

        def published():
            r, e, o = [state["keys"][n].public_key() for n in ("RS256", "ES256", "EdDSA")]
            raw = o.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
            r, e = r.public_numbers(), e.public_numbers()
            mine = {"kty": "RSA", "n": number(r.n), "e": number(r.e)}
            return json.dumps({"keys": [
                {"kid": "oct", "kty": "oct", "k": "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0"},
                {"kid": "weak", "kty": "RSA", "n": number(weak.n), "e": number(weak.e)},
                {"kid": "enc", "use": "enc", **mine},
                {"kid": "ops", "key_ops": ["sign"], **mine},
                {"kid": "alg", "alg": "RS512", **mine},
                {"kid": "twice", **mine}, {"kid": "twice", **mine}, 7, {"kty": "new"},
                {"kid": name("RS256"), "use": "sig", "alg": "RS256", **mine},
                {"kid": name("ES256"), "kty": "EC", "crv": "P-256", "x": number(e.x, 32),
                 "y": number(e.y, 32), "key_ops": ["verify"]},
                {"kid": name("EdDSA"), "kty": "OKP", "crv": "Ed25519", "x": text(raw)},
            ]}).encode()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *_): pass
            def answer(self, body, status=200, headers=()):
                self.send_response(status)
                for field in headers: self.send_header(*field)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def do_GET(self):
                path, _, query = self.path.partition("?")
                if path == "/mode": state["mode"] = query
                elif path == "/rotate": make()
                elif path == "/count": return self.answer(str(state["count"]).encode())
                elif path == "/token":
                    algorithm, claims, kid = [urllib.parse.unquote(p) for p in query.split("&")]
                    claims = {"sub": "pia", "role": "admin", "iss": "https://idp.test",
                              "exp": int(time.time()) + 600, **json.loads(claims)}
                    return self.answer(jwt.encode(
                        claims, state["keys"][algorithm], algorithm=algorithm,
                        headers={"kid": kid or name(algorithm)}).encode())
                else:
                    state["count"] += 1
                    return self.keys()
                self.answer(b"")
            def keys(self):
                mode = state["mode"]
                if mode == "failing": return self.answer(b"{}", 500)
                if mode == "redirecting":
                    return self.answer(b"", 302, [("Location", "/elsewhere")])
                if mode == "empty": return self.answer(b'{"keys":[]}')
                if mode == "malformed": return self.answer(b'{"keys":7}')
                if mode == "giant":
                    # Without a length, so that only who counts knows.
                    self.send_response(200)
                    self.send_header("Connection", "close")
                    self.end_headers()
                    self.close_connection = True
                    try:
                        self.wfile.write(b'{"keys":[],"x":"')
                        while state["mode"] == "giant": self.wfile.write(b"x" * 65536)
                    except OSError: pass
                    return
                while mode == "hanging" and state["mode"] == "hanging": time.sleep(0.05)
                self.answer(published(), headers=[("Cache-Control", "max-age=600")])

        make()
        ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
        """
}
