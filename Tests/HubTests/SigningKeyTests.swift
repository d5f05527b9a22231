// The hub's own signing key on hubs that run: it outlives them, is changed without one of them
// being started anew, and nobody who is signed in notices.

import Foundation
import Support
import Testing
import Wire

extension Upheaval {
    @Suite(.serialized) struct `Signing keys` {
        private static let settings = ["HUB_PASSWORD_COST": "8"]

        /// Makes somebody who can sign in.
        private func makeUser(_ hub: HubProcess) throws {
            let made = try hub.client(hub.token(for: "admin")).post(
                "/admin/users", #"{"name":"kim","password":"a good password","roles":["sales"]}"#)
            try #require(made.status == 201, "\(made.text)")
        }

        /// An access token of a new session.
        private func signIn(_ hub: HubProcess) throws -> String {
            let reply = try hub.client().post(
                "/auth/login", #"{"name":"kim","password":"a good password"}"#)
            return try #require(reply.json["access_token"].string, "\(reply.text)")
        }

        private func isTaken(_ token: String, by hub: HubProcess) throws -> Bool {
            try hub.client(token).get("/auth/me").status == 200
        }

        /// The key that a token names.
        private func key(of token: String) throws -> String {
            let part = try #require(token.split(separator: ".").first)
            let header = JSON(try #require(Base64.decodeURL(String(part))))
            #expect(header["alg"].string == "EdDSA" && header["typ"].string == "JWT")
            return try #require(header["kid"].string)
        }

        /// Runs `hub keys` for a hub's configuration.
        @discardableResult
        private func keys(_ hub: HubProcess, _ arguments: String...) throws -> String {
            let (code, output) = try ChildProcess.run(
                [HubProgram.path, "keys"] + arguments, environment: hub.environment)
            guard code == 0 else { throw ProcessFailure("hub keys: \(code) \(output)") }
            return output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        @Test func `a session's tokens are signed with a key that outlives the hub`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder, settings: Self.settings)
            try makeUser(hub)
            let token = try signIn(hub)
            let id = try key(of: token)
            #expect(try keys(hub, "list") == "\(id) signs")
            let path = folder.data + "/token-keys"
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect((mode as? NSNumber)?.intValue == 0o600)
            hub.kill()
            try hub.start()
            #expect(try isTaken(token, by: hub))
            #expect(try key(of: signIn(hub)) == id)
        }

        @Test func `two hubs change their key together, and refuse nobody meanwhile`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let one = try HubProcess(folder, settings: Self.settings)
            let other = try HubProcess(folder, settings: Self.settings)
            try makeUser(one)
            let old = try signIn(one)
            let next = try keys(one, "rotate", "--delay", "3")
            #expect(try key(of: signIn(one)) != next, "it does not sign yet")
            var newest = old
            try waitUntil("the new key signs") {
                newest = try signIn(one)
                #expect(try isTaken(newest, by: other))
                return try key(of: newest) == next
            }
            for token in [old, newest] {
                #expect(try isTaken(token, by: one) && isTaken(token, by: other))
            }
            let lines = try keys(one, "list").split(separator: "\n")
            #expect(lines.count == 2 && lines[1] == "\(next) signs", "\(lines)")
            #expect(try lines[0].hasPrefix("\(key(of: old)) verifies until "))
        }

        @Test func `with a database of many hubs the key is there, for all of them`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            // Its private cluster stands for a server that others use, too.
            let host = try HubProcess(folder)
            let socket = try #require(folder.socketFolder)
            let settings = ["DATABASE_URL": "host=\(socket) user=hub dbname=hub"]
            let one = try HubProcess(
                folder,
                settings: settings.merging(["HUB_DATA_DIR": folder.path + "/one"]) { $1 }
                    .merging(Self.settings) { $1 })
            try makeUser(one)
            let token = try signIn(one)
            let next = try keys(one, "rotate", "--delay", "0")
            #expect(try keys(one, "list").split(separator: "\n").count == 2)
            let other = try HubProcess(
                folder,
                settings: settings.merging(["HUB_DATA_DIR": folder.path + "/other"]) { $1 })
            #expect(try isTaken(token, by: other))
            #expect(try key(of: signIn(other)) == next)
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/one/token-keys"))
            #expect(try !isTaken(token, by: host), "whose keys are in its folder")
        }

        @Test func `a key that is taken away takes its tokens along, known as they are`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder, settings: Self.settings)
            try makeUser(hub)
            let stolen = try signIn(hub)
            #expect(try isTaken(stolen, by: hub))
            let id = try key(of: stolen)
            #expect(throws: ProcessFailure.self, "it is the only one") {
                try keys(hub, "remove", id)
            }
            let next = try keys(hub, "rotate", "--delay", "0")
            try keys(hub, "remove", id)
            try waitUntil("the token is refused") { try !isTaken(stolen, by: hub) }
            let refused = try hub.client(stolen).get("/auth/me")
            #expect(refused.json["code"].string == "token_invalid", "\(refused.text)")
            let fresh = try signIn(hub)
            #expect(try key(of: fresh) == next && isTaken(fresh, by: hub))
            #expect(try keys(hub, "list") == "\(next) signs")
        }
    }
}
