// The gates in front of every step of the pipeline, in their order, and the audit trail behind
// them.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct PipelineGateTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

/// A step, who may do it, and how the audit trail calls it.
struct GatedStep: Sendable, CustomTestStringConvertible {
    let path: String
    let role: String
    let action: String
    var needsConsent = true

    var testDescription: String { path }

    static let all = [
        GatedStep(path: "/crm/leads", role: "sales", action: "lead.create"),
        GatedStep(path: "/crm/opportunities", role: "sales", action: "opportunity.create"),
        GatedStep(path: "/logistics/orders", role: "logistics", action: "order.create"),
        GatedStep(path: "/bhiv/agent/decide", role: "agent", action: "agent.decide"),
        GatedStep(path: "/event/unified", role: "agent", action: "event.publish"),
        GatedStep(path: "/logistics/delivery", role: "logistics", action: "delivery.schedule"),
        GatedStep(path: "/task/feedback", role: "logistics", action: "feedback.give"),
        GatedStep(path: "/task/tasks", role: "agent", action: "task.create"),
        GatedStep(
            path: "/compliance/consents", role: "compliance", action: "consent.record",
            needsConsent: false),
    ]
}

extension EndToEnd.PipelineGateTests {
    @Test(arguments: GatedStep.all)
    func `each gate refuses before the next one`(step: GatedStep) throws {
        let signer = TokenSigner.shared
        let able = signer.token(subject: "able-\(Sample.type())", roles: [step.role])
        let viewer = signer.token(subject: "viewer", roles: ["viewer"])
        // Everything is wrong with this: each refusal is the first gate's that it meets.
        let bad = #"{"consent_flag":false,"colour":1}"#
        let nobody = TestClient(port: hub.port)
        let response = try nobody.post(step.path, "{")
        try response.expectProblem(401, "token_missing")
        #expect(response.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
        try hub.post(step.path, "{", token: viewer).expectProblem(403, "forbidden")
        try hub.post(step.path, "{", token: able).expectProblem(400, "bad_json")
        try hub.post(step.path + "?x=1", "{}", token: able)
            .expectProblem(400, "bad_parameter", field: "x")
        if step.needsConsent {
            try hub.post(step.path, bad, token: able).expectProblem(403, "consent_required")
        }
        try hub.post(step.path, "{}", token: able).expectProblem(422, "invalid_field")
    }

    @Test func `the rate limit is before the token, on every route`() throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let limited = try HubProcess(
            folder,
            settings: [
                "HUB_JWT_SECRET": TokenSigner.shared.secret, "HUB_RATE_LIMIT": "3/60",
            ])
        let client = limited.client()
        for step in GatedStep.all.prefix(3) {
            try client.post(step.path, "{}").expectProblem(401, "token_missing")
        }
        let refused = try client.post("/logistics/orders", "{}")
        try refused.expectProblem(429, "rate_limited")
        #expect(refused.header("Retry-After") != nil)
        limited.terminate()
        #expect(try limited.waitForExit() == 0)
    }

    @Test func `what was done and what was refused is in the audit trail`() throws {
        let steps = PipelineSteps(hub)
        let order = try steps.orderFromNothing()
        let decision = try steps.decision(order)
        _ = try steps.event()
        _ = try steps.delivery(order)
        _ = try steps.feedback(try #require(decision["id"].string))
        let rows = try hub.query(
            "SELECT action, success FROM audit_logs WHERE trace_id = '\(steps.traceID)' "
                + "ORDER BY number")
        #expect(
            rows.map { $0[0] } == [
                "lead.create", "opportunity.create", "order.create", "agent.decide",
                "event.publish", "delivery.schedule", "feedback.give",
            ])
        #expect(rows.allSatisfy { $0[1] == "t" })
    }

    @Test func `a repeated step under its key is done once`() throws {
        let steps = PipelineSteps(hub)
        let order = try steps.orderFromNothing()
        let key = ["Idempotency-Key": Sample.type()]
        let body = #"{"subject":"orders/\#(order)"}"#
        let first = try hub.post("/bhiv/agent/decide", body, headers: key)
        let head = try hub.head()
        let second = try hub.post("/bhiv/agent/decide", body, headers: key)
        #expect(second.text == first.text && second.header("Idempotent-Replayed") == "true")
        #expect(try hub.head() == head)
        try hub.post("/bhiv/agent/decide", body + " ", headers: key)
            .expectProblem(422, "idempotency_key_reused")
    }
}
