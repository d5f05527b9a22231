// Tokens that are taken back: nobody gets in with one any more and its streams end, on every
// instance and after a restart, and nobody else is touched.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct RevocationTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

/// A token with an id, and one of the same subject with another.
private struct TwoTokens {
    let subject = "rita-\(UUID().uuidString)"
    let id = UUID().uuidString
    var revoked: String { token(id) }
    var other: String { token("other " + id) }

    private func token(_ id: String) -> String {
        TokenSigner.shared.token(subject: subject, roles: ["viewer"], more: #","jti":"\#(id)""#)
    }
}

extension EndToEnd.RevocationTests {
    private func stream(_ token: String) throws -> EventStreamReader {
        let stream = EventStreamReader(
            port: hub.port, token: token, target: "/events?types=nothing_ever")
        try stream.connect()
        return stream
    }

    private func expectEnd(of stream: EventStreamReader) throws {
        let problem = try #require(try stream.next())
        #expect(problem.event == "problem")
        #expect(JSON(problem.data)["code"].string == "token_revoked")
        #expect(throws: ConnectionFailure.closed) { try stream.next() }
    }

    @Test func `a token that is taken back ends its streams, and lets nobody in`() throws {
        let tokens = TwoTokens()
        let ended = try stream(tokens.revoked)
        let kept = try stream(tokens.other)
        let socket = WebSocketReader(port: hub.port, token: tokens.revoked)
        try socket.connect()
        _ = try socket.next(op: "ready")

        let reply = try hub.post("/admin/revocations", #"{"jti":"\#(tokens.id)"}"#)

        #expect(reply.status == 201 && reply.json["jti"].string == tokens.id, "\(reply.text)")
        #expect(reply.json["revoked_at"].string?.hasSuffix("Z") == true)
        for _ in 0..<8 {
            try hub.get("/crm/leads", token: tokens.revoked).expectProblem(401, "token_revoked")
        }
        try expectEnd(of: ended)
        #expect(
            JSON(try socket.next(op: "problem").bytes)["problem"]["code"].string
                == "token_revoked")
        guard case .close(4401?, "token_revoked")? = try socket.next() else {
            Issue.record("the socket was not closed with 4401")
            return
        }
        #expect(try hub.get("/crm/leads", token: tokens.other).status == 200)
        #expect(try kept.isQuiet(forSeconds: 0.3))
        let renewed = WebSocketReader(port: hub.port, token: tokens.other)
        try renewed.connect()
        _ = try renewed.next(op: "ready")
        try renewed.send(#"{"op":"auth","token":"\#(tokens.revoked)"}"#)
        #expect(
            JSON(try renewed.next(op: "problem").bytes)["problem"]["code"].string
                == "token_revoked")
    }

    @Test func `taking back a subject's tokens ends those issued until then, and no later one`()
        throws
    {
        let tokens = TwoTokens()
        let old = [tokens.revoked, tokens.other]
        let streams = try old.map { try stream($0) }
        let reply = try hub.post("/admin/revocations", #"{"sub":"\#(tokens.subject)"}"#)
        #expect(reply.status == 201 && reply.json["sub"].string == tokens.subject)
        for stream in streams { try expectEnd(of: stream) }
        try hub.get("/crm/leads", token: old[1]).expectProblem(401, "token_revoked")
        // `iat` has whole seconds: what is issued in the next one is a new token, with the old id.
        try waitUntil("a token of the next second is good") {
            try hub.get("/crm/leads", token: tokens.other).status == 200
        }
    }

    @Test func `only an admin takes tokens back, and says which`() throws {
        for role in ["compliance", "service", "sales"] {
            let token = TokenSigner.shared.token(subject: "eve", roles: [role])
            try hub.post("/admin/revocations", #"{"jti":"x"}"#, token: token)
                .expectProblem(403, "forbidden")
        }
        let long = String(repeating: "x", count: 257)
        for (body, field) in [
            ("{}", "jti"), (#"{"jti":""}"#, "jti"), (#"{"sub":"\#(long)"}"#, "sub"),
            (#"{"sub":"a","jti":"b"}"#, "sub"), (#"{"jti":7}"#, "jti"),
            (#"{"jti":"a","colour":1}"#, "colour"), (#"{"sub":"a\u0000"}"#, "sub"),
        ] {
            let reply = try hub.post("/admin/revocations", body)
            try reply.expectProblem(422, "invalid_field")
            #expect(reply.json["field"].string == field, "\(reply.text)")
        }
    }

    @Test func `who took a token back is in the audit trail, and who came with it after`() throws {
        let tokens = TwoTokens()
        #expect(
            try hub.post("/admin/revocations", #"{"jti":"\#(tokens.id)"}"#).status == 201)
        let rows = try hub.query(
            "SELECT action, success FROM audit_logs WHERE resource = 'tokens/jti/\(tokens.id)'")
        #expect(rows == [["token.revoke", "t"]])
        try hub.get("/crm/leads", token: tokens.revoked).expectProblem(401, "token_revoked")
        try waitUntil("the refusal is audited") {
            try hub.query(
                "SELECT 1 FROM audit_logs WHERE user_id = '\(tokens.subject)' "
                    + "AND reason = 'token_revoked' AND layer = 'authentication'"
            ).count == 1
        }
    }
}

extension EndToEnd {
    @Suite(.serialized) struct `Revocations of several hubs` {
        @Test func `another hub ends the streams, too, and a restart forgets nothing`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let one = try HubProcess(folder)
            let other = try HubProcess(folder)
            let token = try one.token(for: "viewer", arguments: ["--id", "stolen"])
            let live = EventStreamReader(port: other.port, token: token)
            try live.connect()
            #expect(try other.client(token).get("/crm/leads").status == 200)
            let admin = one.client(try one.token(for: "admin"))
            #expect(
                try admin.post("/admin/revocations", #"{"jti":"stolen"}"#).status == 201)
            let problem = try #require(try live.next())
            #expect(JSON(problem.data)["code"].string == "token_revoked")
            try waitUntil("the other hub refuses it on every connection") {
                try (0..<8).allSatisfy { _ in
                    try other.client(token).get("/crm/leads").status == 401
                }
            }
            other.kill()
            try other.start()
            try other.client(token).get("/crm/leads").expectProblem(401, "token_revoked")
        }
    }
}
