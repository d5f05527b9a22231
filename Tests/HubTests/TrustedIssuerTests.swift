// Issuers whose keys the hub fetches: what they sign is taken, what they do wrong hurts nobody, and
// nobody leads the hub to where it should not go.

import Foundation
import Support
import Testing

extension Upheaval {
    @Suite(.serialized) struct `Trusted issuers` {
        /// A hub that trusts a provider, and may reach it.
        private func hub(
            _ folder: HubFolder, _ provider: IdentityProvider, cooldown: Int = 1,
            audience: String? = nil
        ) throws -> HubProcess {
            try HubProcess(
                folder,
                settings: [
                    "HUB_TRUSTED_ISSUER": provider.setting(audience: audience),
                    "HUB_OUTGOING_ALLOW": "127.0.0.0/8", "HUB_ISSUER_COOLDOWN": "\(cooldown)",
                    "HUB_LOG_LEVEL": "debug",
                ])
        }

        private func status(_ token: String, _ hub: HubProcess) throws -> Int {
            try hub.client(token).get("/crm/leads?limit=1").status
        }

        /// What is wrong with a token that is refused.
        private func fault(_ token: String, _ hub: HubProcess) throws -> String {
            let reply = try hub.client(token).get("/crm/leads?limit=1")
            #expect(reply.status == 401 && reply.json["code"].string == "token_invalid")
            return reply.json["detail"].string ?? ""
        }

        @Test func `what an issuer signs is taken from the hub's first moment on`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let provider = try IdentityProvider()
            let hub = try hub(folder, provider, audience: "hub")
            let forHub = #"{"aud":["x","hub"]}"#
            for algorithm in ["RS256", "ES256", "EdDSA"] {
                #expect(try status(provider.token(algorithm, claims: forHub), hub) == 200)
            }
            #expect(try fault(provider.token(), hub).contains("audience"))
            #expect(
                try fault(provider.token(claims: #"{"aud":"hub","exp":"x"}"#), hub)
                    .contains("claims"))
            // Its keys are for its own tokens alone.
            for issuer in ["https://other.test", "https://idp.test/", ""] {
                let token = try provider.token(
                    "EdDSA", claims: #"{"aud":"hub","iss":"\#(issuer)"}"#)
                #expect(try fault(token, hub).contains("unknown_key"))
            }
            for id in ["oct", "weak", "enc", "ops", "alg", "twice", "../keys"] {
                let token = try provider.token("RS256", claims: forHub, id: id)
                #expect(try fault(token, hub).contains("unknown_key"), "\(id)")
            }
            #expect(try status(hub.token(for: "admin"), hub) == 200)
        }

        @Test func `new keys are fetched when they are named, and old ones are forgotten`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let provider = try IdentityProvider()
            let hub = try hub(folder, provider)
            let old = try provider.token()
            #expect(try status(old, hub) == 200)
            try provider.rotate()
            #expect(try status(old, hub) == 200, "nobody has told yet")
            let new = try provider.token()
            try waitUntil("the new key is known") { try status(new, hub) == 200 }
            // Its signature was checked before, and yet.
            #expect(try fault(old, hub).contains("unknown_key"))
            try provider.behave(.empty)
            try provider.rotate()
            let unknown = try provider.token()
            try waitUntil("who publishes no key has none") {
                _ = try status(unknown, hub)
                return try status(new, hub) == 401
            }
        }

        @Test func `a bad answer leaves the keys that are there, and is told`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let provider = try IdentityProvider()
            let hub = try hub(folder, provider)
            let good = try provider.token()
            let unknown = try provider.token(id: "nobody's")
            var count = try provider.count()
            let modes: [(IdentityProvider.Mode, String)] = [
                (.failing, "status 500"), (.giant, "too long"), (.redirecting, "status 302"),
                (.malformed, "no JWK Set"),
            ]
            for (mode, reason) in modes {
                try provider.behave(mode)
                try waitUntil("the log tells why: \(reason)") {
                    _ = try status(unknown, hub)
                    return hub.log.split(separator: "\n").contains {
                        $0.contains("issuer_keys.failed") && $0.contains(reason)
                    }
                }
                count += 1
                #expect(try provider.count() == count, "a redirect is not followed")
                #expect(try status(good, hub) == 200)
            }
            let errors = hub.log.split(separator: "\n").filter {
                $0.contains("issuer_keys.failed") && $0.contains(#""log.level":"error""#)
            }
            #expect(errors.count == 1, "the first of them")
            try provider.behave(.good)
            try waitUntil("the log tells that it is over") {
                _ = try status(unknown, hub)
                return hub.line(with: "issuer_keys.reachable") != nil
            }
        }

        @Test func `an issuer that hangs holds up nobody, not even a hub that starts`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let provider = try IdentityProvider()
            try provider.behave(.hanging)
            let hub = try hub(folder, provider)
            let token = try provider.token()
            #expect(try provider.count() == 1)
            let own = try hub.token(for: "admin")
            for _ in 0..<100 {
                #expect(try status(own, hub) == 200)
                #expect(try status(token, hub) == 401)
            }
            #expect(try provider.count() == 1, "one fetch is under way")
            try provider.behave(.good)
            try waitUntil("its keys are there") { try status(token, hub) == 200 }
            hub.terminate()
            #expect(try hub.waitForExit() == 0)
        }

        @Test func `a flood of unknown keys makes one fetch`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let provider = try IdentityProvider()
            let hub = try hub(folder, provider, cooldown: 4)
            let junk = try (0..<20).map { try provider.token(id: "junk\($0)") }
            // The keys were fetched at the start: the next fetch comes when the cooldown is over.
            try waitUntil("they are fetched again") {
                for token in junk { #expect(try status(token, hub) == 401) }
                return try provider.count() == 2
            }
            for _ in 0..<10 {
                for token in junk { #expect(try status(token, hub) == 401) }
            }
            #expect(try provider.count() == 2)
        }

        @Test func `the hub connects to nothing that is not public unless it may`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let provider = try IdentityProvider()
            // A name is as good as the address that it leads to.
            for url in ["http://127.0.0.1:\(provider.port)", "https://localhost:\(provider.port)"] {
                let hub = try HubProcess(
                    folder,
                    settings: [
                        "HUB_TRUSTED_ISSUER": "https://idp.test=\(url)/keys",
                        "HUB_OUTGOING_ALLOW": "10.0.0.0/8",
                        "http_proxy": "http://127.0.0.1:\(provider.port)",
                        "ALL_PROXY": "http://127.0.0.1:\(provider.port)",
                    ])
                let line = hub.line(with: "issuer_keys.failed") ?? hub.log
                #expect(line.contains("may not be spoken to"), "\(line)")
                #expect(try status(provider.token(), hub) == 401)
                #expect(try status(hub.token(for: "admin"), hub) == 200)
                hub.kill()
            }
            #expect(try provider.count() == 0)
        }

        @Test func `a server whose certificate nobody vouches for is not believed`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let (key, certificate) = (folder.path + "/key.pem", folder.path + "/certificate.pem")
            let (code, output) = try ChildProcess.run([
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
            ])
            try #require(code == 0, "\(output)")
            let port = try TestPort.free()
            let server = try ChildProcess([
                "openssl", "s_server", "-accept", "\(port)", "-key", key, "-cert", certificate,
                "-www", "-quiet",
            ])
            defer { server.signal(SIGKILL) }
            try waitUntil("the server runs") { (try? TestSocket(port: port)) != nil }
            let hub = try HubProcess(
                folder,
                settings: [
                    "HUB_TRUSTED_ISSUER": "https://idp.test=https://127.0.0.1:\(port)/keys",
                    "HUB_OUTGOING_ALLOW": "127.0.0.0/8",
                ])
            let line = hub.line(with: "issuer_keys.failed") ?? hub.log
            #expect(line.contains("certificate"), "\(line)")
        }

        @Test(arguments: [
            ("HUB_TRUSTED_ISSUER", "https://idp.test"),
            ("HUB_TRUSTED_ISSUER", "=https://idp.test/keys"),
            ("HUB_TRUSTED_ISSUER", "a=ftp://idp.test/keys"),
            ("HUB_TRUSTED_ISSUER", "a=http://idp.test/keys"),
            ("HUB_TRUSTED_ISSUER", "a=http://10.0.0.1/keys"),
            ("HUB_TRUSTED_ISSUER", "a=https://u:hunter2@idp.test/keys"),
            ("HUB_TRUSTED_ISSUER", "a=https://idp.test/keys b c"),
            ("HUB_TRUSTED_ISSUER", "a=https://idp.test/keys,a=https://idp.test/more"),
            ("HUB_TRUSTED_ISSUER", "https://hub.test=https://idp.test/keys"),
            ("HUB_OUTGOING_ALLOW", "localhost"), ("HUB_OUTGOING_ALLOW", "10.0.0.1/8"),
            ("HUB_ISSUER_COOLDOWN", "0"),
        ])
        func `a setting that can't be is named`(name: String, value: String) throws {
            var environment = ChildProcess.plainEnvironment
            environment["HUB_JWT_ISSUER"] = "https://hub.test"
            environment[name] = value
            let (code, output) = try ChildProcess.run(
                [HubProgram.path, "check", "--offline"], environment: environment)
            #expect(code == 78 && output.contains(name), "\(output)")
            #expect(!output.contains("hunter2"))
        }
    }
}
