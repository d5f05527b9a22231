// The hub's public keys, for programs that check its tokens themselves: PyJWT stands for one.

import Foundation
import Support
import Testing
import Wire

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_PASSWORD_COST": "8"])) struct KeySetTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.KeySetTests {
    private static let path = "/.well-known/jwks.json"

    /// Fetches the set and checks a token with the key that it names, and one that says otherwise.
    private static let verifier = """
        import json, sys, urllib.request, jwt
        with urllib.request.urlopen(sys.argv[1]) as answer:
            keys = jwt.PyJWKSet.from_dict(json.load(answer))
        token = sys.argv[2]
        name = jwt.get_unverified_header(token)["kid"]
        key = next(key for key in keys.keys if key.key_id == name)
        # This PyJWT knows whole seconds alone, and `iat` has milliseconds.
        print(jwt.decode(token, key.key, algorithms=["EdDSA"], leeway=5)["sub"])
        head, claims, signature = token.split(".")
        claims = jwt.utils.base64url_decode(claims).replace(b"sales", b"admin")
        forged = ".".join([head, jwt.utils.base64url_encode(claims).decode(), signature])
        try: jwt.decode(forged, key.key, algorithms=["EdDSA"], leeway=5)
        except jwt.InvalidSignatureError: print("forged")
        """

    private func anonymous() -> TestClient { TestClient(port: hub.port) }

    /// The name of somebody new, and an access token of theirs.
    private func signIn() throws -> (name: String, token: String) {
        let name = "nora-\(UUID().uuidString.prefix(8))"
        let made = try hub.post(
            "/admin/users", #"{"name":"\#(name)","password":"a good password","roles":["sales"]}"#)
        #expect(made.status == 201, "\(made.text)")
        let reply = try anonymous().post(
            "/auth/login", #"{"name":"\#(name)","password":"a good password"}"#)
        return (name, try #require(reply.json["access_token"].string, "\(reply.text)"))
    }

    @Test func `another program checks a session's token with what the hub publishes`() throws {
        let (name, token) = try signIn()
        let (code, output) = try ChildProcess.run([
            "/usr/bin/python3", "-c", Self.verifier, "http://127.0.0.1:\(hub.port)\(Self.path)",
            token,
        ])
        #expect(code == 0 && output == "\(name)\nforged\n", "\(output)")
    }

    @Test func `the set is for everybody, may be kept for a while, and is not sent twice`() throws {
        let reply = try anonymous().get(Self.path)
        #expect(reply.status == 200)
        #expect(reply.header("Content-Type") == "application/jwk-set+json")
        #expect(reply.header("Cache-Control") == "public, max-age=300")
        let etag = try #require(reply.header("ETag"))
        let again = try anonymous().request(
            "GET", Self.path, headers: [("If-None-Match", etag)], body: nil)
        #expect(again.status == 304 && again.body.isEmpty && again.header("ETag") == etag)
        let other = try anonymous().request(
            "GET", Self.path, headers: [("If-None-Match", "\"x\"")], body: nil)
        #expect(other.status == 200 && other.body == reply.body)
        let head = try anonymous().request("HEAD", Self.path, headers: [], body: nil)
        #expect(head.status == 200 && head.body.isEmpty && head.header("ETag") == etag)
        try anonymous().post(Self.path, "{}").expectProblem(405, "method_not_allowed")
    }

    @Test func `nothing of the set is secret`() throws {
        let reply = try anonymous().get(Self.path)
        let keys = reply.json["keys"].array
        #expect(keys.count == 1)
        for key in keys {
            // No `d`, no `k`, and nothing that a later kind of key might bring.
            #expect(key.names == ["alg", "crv", "kid", "kty", "use", "x"])
        }
        let kept = try String(contentsOfFile: hub.folder.data + "/token-keys", encoding: .utf8)
        for line in kept.split(separator: "\n") {
            let secret = try #require(line.split(separator: " ").last)
            let bytes = try #require(Hex.decode(String(secret)))
            #expect(bytes.count == 32)
            for text in [String(secret), Base64.encodeURL(bytes), Base64.encode(bytes)] {
                #expect(!reply.text.contains(text))
            }
        }
    }

    @Test func `what everybody may know of a key is no secret to sign with`() throws {
        let (_, token) = try signIn()
        let set = try anonymous().get(Self.path)
        let key = set.json["keys"][0]
        let id = try #require(key["kid"].string)
        let point = try #require(key["x"].string)
        let claims = try #require(
            Base64.decodeURL(String(token.split(separator: ".")[1]))
                .map { String(decoding: $0, as: UTF8.self) })
        for secret in [set.text, id, point, ""] {
            let forged = TokenSigner(secret: secret).sign(
                header: #"{"alg":"HS256","kid":"\#(id)"}"#, claims: claims)
            let reply = try hub.get("/auth/me", token: forged)
            try reply.expectProblem(401, "token_invalid")
        }
        #expect(try hub.get("/auth/me", token: token).status == 200)
    }
}
