// The sealed audit trail as those who audit meet it: rows, proofs, checkpoints and verification
// over HTTP, checked by a second implementation; tampering with the real table; `hub audit verify`.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(
        .serialized,
        .hub(["HUB_PROCESSORS": "sealer", "HUB_AUDIT_CHECKPOINT": "1/1"])
    ) struct AuditSealTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension RunningHub {
    /// How many rows the last checkpoint covers.
    fileprivate func checkpointSize() throws -> Int {
        let reply = try get("/audit/checkpoint")
        return reply.status == 200 ? reply.json["checkpoint"]["size"].int ?? 0 : 0
    }

    /// Waits until all rows that are there now are under a checkpoint.
    fileprivate func awaitSeals() throws {
        let count = try #require(Int(try query("SELECT audit FROM log_head")[0][0]))
        try waitUntil("\(count) rows are sealed") { try checkpointSize() >= count }
    }

    /// What a verification says.
    fileprivate func verify() throws -> JSON {
        let reply = try get("/audit/verify")
        #expect(reply.status == 200, "\(reply.text)")
        return reply.json
    }
}

// MARK: - Reading

extension EndToEnd.AuditSealTests {
    @Test func `the sealer is among the processors, and has sealed all when there is nothing new`()
        throws
    {
        _ = try hub.makeLead()
        try hub.awaitSeals()
        try waitUntil("the sealer has caught up") {
            let sealer = try hub.get("/admin/processors").json["sealer"]
            let count = try hub.query("SELECT audit FROM log_head")[0][0]
            return sealer["lag"]["rows"].int == 0 && sealer["cursor"].string == count
                && sealer["holder"].string != nil
        }
    }

    @Test func `the trail is read by pages and filters, and whoever reads it is in it`() throws {
        let auditor = "auditor-\(UUID().uuidString)"
        let token = TokenSigner.shared.token(subject: auditor, roles: ["compliance"])
        let id = try hub.makeLead()
        for _ in 0..<3 { _ = try hub.makeLead() }
        let one = try hub.get("/audit?resource=leads/\(id)&success=true", token: token)
        #expect(one.status == 200, "\(one.text)")
        let row = one.json["data"][0]
        #expect(row["user_id"].string == "root" && row["action"].string == "lead.create")
        #expect(row["layer"].string == "business" && row["reason"].string == nil)
        let first = try hub.get("/audit?limit=2&action=lead.create", token: token)
        let cursor = try #require(first.json["next_cursor"].string)
        #expect(first.header("Link")?.contains("cursor=\(cursor)") == true)
        let second = try hub.get(
            "/audit?limit=2&action=lead.create&cursor=\(cursor)", token: token)
        let numbers = (first.json["data"].array + second.json["data"].array)
            .compactMap { $0["number"].int }
        #expect(numbers.count == 4 && numbers == numbers.sorted(by: >))
        try waitUntil("the reads are in the trail") {
            try hub.get("/audit?user_id=\(auditor)").json["data"].array
                .contains { $0["action"].string == "audit.list" && $0["success"].bool == true }
        }
        let trace = try hub.get("/logs", token: token)
        #expect(trace.status == 200)
        try waitUntil("reads of the log are, too") {
            try !hub.get("/audit?user_id=\(auditor)&action=log.list").json["data"].array.isEmpty
        }
    }

    @Test(arguments: ["", "/verify", "/checkpoint", "/0190a1b2-0000-7000-8000-000000000000/proof"])
    func `only who may read the trail reads it`(path: String) throws {
        for role in ["viewer", "sales", "logistics", "agent"] {
            let token = TokenSigner.shared.token(subject: role, roles: [role])
            try hub.get("/audit" + path, token: token).expectProblem(403, "forbidden")
        }
    }

    @Test func `what can't be asked is named`() throws {
        _ = try hub.makeLead()
        try hub.awaitSeals()
        for (query, field) in [
            ("?limit=1001", "limit"), ("?success=maybe", "success"), ("?layer=x", "layer"),
            ("?cursor=x", "cursor"), ("?sort=time", "sort"), ("?x=1", "x"),
            ("/checkpoint?from=-1", "from"), ("/checkpoint?from=99999999", "from"),
            ("/verify?x=1", "x"),
        ] {
            try hub.get("/audit" + query).expectProblem(400, "bad_parameter", field: field)
        }
        try hub.get("/audit/x/proof").expectProblem(404, "not_found")
        let id = UUID().uuidString.lowercased()
        try hub.get("/audit/\(id)/proof").expectProblem(404, "not_found")
    }

    @Test func `a second implementation finds every proof, link and signature right`() throws {
        // What a row may hold is in its bytes as it is.
        let token = TokenSigner.shared.token(subject: "é\\\"/\u{1F600}", roles: ["sales"])
        for _ in 0..<150 { try hub.post("/crm/leads", Sample.lead(), token: token) }
        try hub.awaitSeals()
        let (code, output) = try ChildProcess.run([
            "/usr/bin/python3", Checkout.path + "/Tests/audit/verify_audit.py", "\(hub.port)",
            hub.admin, hub.folder.data + "/audit-checkpoints",
        ])
        #expect(code == 0, "\(output)")
        let numbers = output.split { !$0.isNumber }.compactMap { Int($0) }
        #expect(numbers.count == 3 && numbers[0] > 150 && numbers[1] > 0, "\(output)")
    }

    @Test
    func `the key and the checkpoints are their owner's alone, and no one edits those in Postgres`()
        throws
    {
        _ = try hub.makeLead()
        try hub.awaitSeals()
        for name in ["audit-key", "audit-checkpoints"] {
            let attributes = try FileManager.default.attributesOfItem(
                atPath: hub.folder.data + "/" + name)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        for change in ["DELETE FROM audit_checkpoints", "UPDATE audit_checkpoints SET note = ''"] {
            #expect(throws: ProcessFailure.self) { try hub.query(change) }
        }
    }

    @Test func `a trail verifies while it grows, and after a person was erased`() throws {
        let id = try hub.makeLead()
        try hub.awaitSeals()
        #expect(try hub.post("/compliance/subjects/leads/\(id)/erase", "").status < 300)
        for _ in 0..<10 {
            _ = try hub.makeLead()
            let report = try hub.verify()
            #expect(report["good"].bool == true, "\(report)")
        }
        try hub.awaitSeals()
        let report = try hub.verify()
        #expect(report["good"].bool == true && report["first_break"].isNull)
        let sealed = try #require(report["sealed"].int)
        #expect(sealed > 10 && report["checkpoints"]["outside"].int ?? 0 > 0)
        #expect(report["checkpoints"]["size"].int ?? 0 <= sealed)
    }
}
