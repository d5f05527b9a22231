// Requests that are sent again: the same key is the same request, answered the same way, once.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct IdempotencyTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.IdempotencyTests {
    private static func key() -> [String: String] { ["Idempotency-Key": UUID().uuidString] }

    /// Checks that an answer is the first one again.
    private static func expectReplay(
        _ second: TestResponse, of first: TestResponse,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(second.status == first.status, sourceLocation: sourceLocation)
        #expect(second.body == first.body, sourceLocation: sourceLocation)
        for name in ["Location", "ETag", "Content-Type"] {
            #expect(
                second.header(name) == first.header(name), "\(name)",
                sourceLocation: sourceLocation)
        }
        #expect(second.header("Idempotent-Replayed") == "true", sourceLocation: sourceLocation)
        #expect(first.header("Idempotent-Replayed") == nil, sourceLocation: sourceLocation)
    }

    @Test func `the same key and body gives the first answer again and does nothing`() throws {
        for (path, body) in [("/crm/leads", Sample.lead()), ("/event/unified", Sample.event())] {
            let key = Self.key()
            let first = try hub.post(path, body, headers: key)
            #expect((201...202).contains(first.status))
            let head = try hub.head()
            Self.expectReplay(try hub.post(path, body, headers: key), of: first)
            #expect(try hub.head() == head)
        }
    }

    @Test func `the first answer is kept when the lead has changed since`() throws {
        let key = Self.key()
        let body = Sample.lead()
        let first = try hub.post("/crm/leads", body, headers: key)
        _ = try hub.ask("PATCH", try first.location(), #"{"name":"Changed"}"#)
        Self.expectReplay(try hub.post("/crm/leads", body, headers: key), of: first)
    }

    @Test func `an array's answer is kept with its problems`() throws {
        let key = Self.key()
        let body = "[\(Sample.event()),{\"event_type\":\"Bad\"},\(Sample.event())]"
        let first = try hub.post("/event/unified", body, headers: key)
        #expect(first.json.array.count == 3)
        Self.expectReplay(try hub.post("/event/unified", body, headers: key), of: first)
    }

    @Test func `a refusal of the business is kept, even when it would be granted now`() throws {
        let email = Sample.email()
        let owner = try hub.makeLead(#"{"name":"A","email":"\#(email)"}"#)
        let key = Self.key()
        let body = #"{"name":"B","email":"\#(email)"}"#
        let first = try hub.post("/crm/leads", body, headers: key)
        try first.expectProblem(409, "duplicate_lead")
        _ = try hub.ask("PATCH", "/crm/leads/" + owner, #"{"email":null}"#)
        Self.expectReplay(try hub.post("/crm/leads", body, headers: key), of: first)
        #expect(try hub.post("/crm/leads", body).status == 201)
    }

    @Test func `what was refused before the commit is not kept`() throws {
        let key = Self.key()
        try hub.post("/crm/leads", "nonsense", headers: key).expectProblem(400, "bad_json")
        try hub.post("/crm/leads", "{}", headers: key).expectProblem(422, "invalid_field")
        try hub.post("/crm/leads", #"{"name":"A","consent_flag":false}"#, headers: key)
            .expectProblem(403, "consent_required")
        try hub.post("/crm/leads", Sample.lead(), headers: key, token: "x")
            .expectProblem(401, "token_invalid")
        #expect(try hub.post("/crm/leads", Sample.lead(), headers: key).status == 201)
    }

    @Test func `the same key with another body, path or query is 422`() throws {
        let key = Self.key()
        let body = Sample.lead()
        let first = try hub.post("/crm/leads", body, headers: key)
        let head = try hub.head()
        for (path, other) in [
            ("/crm/leads", Sample.lead()), ("/crm/leads", body + " "),
            ("/event/unified", Sample.event()),
            ("/crm/leads?allow_duplicate=true", body),
        ] {
            try hub.post(path, other, headers: key).expectProblem(422, "idempotency_key_reused")
        }
        #expect(try hub.head() == head)
        Self.expectReplay(try hub.post("/crm/leads", body, headers: key), of: first)
    }

    @Test func `a key belongs to its principal, quoted or bare`() throws {
        let name = UUID().uuidString
        let body = Sample.lead()
        let first = try hub.post("/crm/leads", body, headers: ["Idempotency-Key": name])
        let quoted = try hub.post(
            "/crm/leads", body, headers: ["Idempotency-Key": "\"\(name)\""])
        Self.expectReplay(quoted, of: first)
        let other = TokenSigner.shared.token(subject: "somebody", roles: ["admin"])
        let reply = try hub.post(
            "/crm/leads", Sample.lead(), headers: ["Idempotency-Key": name], token: other)
        #expect(reply.status == 201)
        for bad in ["\"\"", String(repeating: "k", count: 256), "a b"] {
            try hub.post("/crm/leads", Sample.lead(), headers: ["Idempotency-Key": bad])
                .expectProblem(400, "bad_parameter", field: "Idempotency-Key")
        }
    }

    @Test func `of 50 equal requests at once one is done and all are answered alike`() throws {
        let key = Self.key()
        let email = Sample.email()
        let body = #"{"name":"A","email":"\#(email)"}"#
        let replies = try hub.concurrently(50) { hub, _ in
            try hub.post("/crm/leads", body, headers: key)
        }
        #expect(replies.allSatisfy { $0.status == 201 })
        #expect(Set(replies.map(\.text)).count == 1)
        #expect(Set(replies.map { $0.header("Location") }).count == 1)
        #expect(try hub.get("/crm/leads?email=\(email)").json["data"].array.count == 1)
        let id = try #require(replies.first?.json["id"].string)
        #expect(try hub.history("subject=leads/\(id)").count == 1)
        #expect(replies.filter { $0.header("Idempotent-Replayed") == nil }.count == 1)
    }

    @Test func `a client that wants little gets little again`() throws {
        let key = Self.key().merging(["Prefer": "return=minimal"]) { $1 }
        let body = Sample.lead()
        let first = try hub.post("/crm/leads", body, headers: key)
        #expect(first.status == 201 && first.body.isEmpty)
        Self.expectReplay(try hub.post("/crm/leads", body, headers: key), of: first)
    }
}
