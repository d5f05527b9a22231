// The documents against the running hub: whatever the pipeline publishes and whatever the lists
// answer satisfies the schemas that the hub itself serves, and those that others published.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_PROCESSORS": "all", "HUB_RATE_LIMIT": "off"]))
    struct ContractTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }

        private static let tests = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent()
    }
}

extension EndToEnd.ContractTests {
    @Test func `everything that a pipeline publishes and answers is as the documents say`() throws {
        let steps = PipelineSteps(hub)
        let lead = try steps.lead()
        let order = try steps.order(try steps.opportunity(lead))
        let decision = try #require(try steps.decision(order)["id"].string)
        let event = try steps.event()
        _ = try steps.event("another_" + Sample.type().prefix(20))
        let delivery = try steps.delivery(order)
        _ = try steps.feedback(decision)
        try hub.ask("PATCH", "/crm/leads/\(lead)", #"{"status":"contacted"}"#)
        try hub.ask("PATCH", "/logistics/deliveries/\(delivery)", #"{"carrier":"Blue Dart"}"#)
        let other = try hub.makeLead()
        for status in ["granted", "withdrawn"] {
            try hub.post(
                "/compliance/consents",
                #"{"subject":"leads/\#(other)","purpose":"contact","status":"\#(status)"}"#)
        }
        try hub.ask("POST", "/compliance/subjects/leads/\(other)/erase")
        try hub.post(
            "/admin/users",
            #"{"name":"ravi","password":"correct horse battery","roles":["sales"]}"#)
        try hub.post("/auth/login", #"{"name":"ravi","password":"correct horse battery"}"#)
        let deadline = Deadline(seconds: 20)
        while true {
            let branches = try hub.get(event).json["branches"]
            let states = ["rl", "compliance", "workflow", "log"].map {
                branches[$0]["state"].string
            }
            if states.allSatisfy({ $0 == "done" }) { break }
            try #require(!deadline.isOver, "\(states)")
            usleep(20_000)
        }
        let tests = Self.tests
        let (code, output) = try ChildProcess.run([
            "/usr/bin/python3", "-B", tests.appending(path: "api/contract.py").path,
            "http://127.0.0.1:\(hub.port)", hub.admin, tests.appending(path: "fixtures").path,
        ])
        #expect(code == 0, "\(output)")
        for type in ["lead_created", "rl_updated", "subject_erased", "notification_sent"] {
            #expect(output.contains(type))
        }
    }

    @Test func `the documents are for everybody, compressed on demand, and not sent twice`() throws
    {
        for path in ["/openapi.json", "/asyncapi.json"] {
            let client = TestClient(port: hub.port, token: nil)
            let plain = try client.get(path)
            #expect(plain.status == 200 && plain.header("Content-Type") == "application/json")
            #expect(plain.header("Vary") == "Accept-Encoding")
            let etag = try #require(plain.header("ETag"))
            #expect(etag.hasPrefix("\""))
            let again = try client.get(path, headers: [("If-None-Match", etag)])
            #expect(again.status == 304 && again.text.isEmpty)
            let packed = try client.request("HEAD", path, headers: [("Accept-Encoding", "gzip")])
            #expect(packed.header("Content-Encoding") == "gzip")
            #expect(packed.header("ETag") != etag)
            let length = try #require(packed.header("Content-Length").flatMap { Int($0) })
            #expect(length < plain.text.utf8.count / 4)
        }
    }

    @Test func `a problem's type leads to a page about it`() throws {
        let problem = try hub.get("/crm/leads?limit=0")
        let type = try #require(problem.json["type"].string)
        #expect(type == "/problems/bad_parameter")
        let client = TestClient(port: hub.port, token: nil)
        let page = try client.get(type)
        #expect(page.status == 200)
        #expect(page.header("Content-Type") == "text/html; charset=utf-8")
        #expect(page.header("Content-Security-Policy")?.contains("script-src 'self'") == true)
        #expect(page.text == (try client.get("/docs")).text)
        try client.get("/problems/no_such").expectProblem(404, "not_found")
    }

    @Test func `a whole number may be written as a fraction`() throws {
        let decision = try hub.post(
            "/bhiv/agent/decide",
            #"{"subject":"leads/\#(try hub.makeLead())","deadline_ms":2e2}"#)
        #expect(decision.status == 200, "\(decision.text)")
        let half = try hub.post(
            "/bhiv/agent/decide",
            #"{"subject":"leads/\#(try hub.makeLead())","deadline_ms":200.5}"#)
        try half.expectProblem(422, "invalid_field")
    }

    @Test(arguments: ["PUT", "TRACE", "QUERY"])
    func `a method that is known, and not for this path, is 405 with those that are`(
        method: String
    ) throws {
        let answer = try hub.ask(method, "/crm/leads")
        #expect(answer.status == 405)
        #expect(answer.header("Allow") == "GET, HEAD, POST, OPTIONS")
    }
}
