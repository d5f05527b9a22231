// The pipeline's steps with the smallest bodies of the specification, each made of the ids of those
// before it, all in one trace.

import Foundation
import Support
import Testing

/// Runs steps in a trace of its own.
final class PipelineSteps {
    let hub: RunningHub
    /// The trace that all requests belong to.
    let traceID: String
    /// The traceparent that is sent.
    let traceparent: String

    init(_ hub: RunningHub) {
        self.hub = hub
        traceID = UUID().uuidString.lowercased().filter { $0 != "-" }
        traceparent = "00-\(traceID)-b7ad6b7169203331-01"
    }

    /// Sends a step and expects its status; gives the answer.
    func send(_ path: String, _ body: String, _ status: Int) throws -> TestResponse {
        let reply = try hub.post(path, body, headers: ["traceparent": traceparent])
        #expect(reply.status == status, "\(path): \(reply.text)")
        return reply
    }

    /// Sends a step whose answer is a new entity, which is the same at its place; gives its id.
    private func create(_ path: String, _ body: String) throws -> String {
        let reply = try send(path, body, 201)
        let found = try hub.get(try reply.location())
        #expect(found.status == 200)
        let id = try #require(reply.json["id"].string)
        #expect(found.json["id"].string == id)
        #expect(try reply.location().hasSuffix("/" + id))
        return id
    }

    func lead() throws -> String { try create("/crm/leads", Sample.lead()) }

    func opportunity(_ lead: String) throws -> String {
        try create(
            "/crm/opportunities",
            #"{"lead_id":"\#(lead)","name":"Annual plan","value":"12500.00","currency":"INR"}"#)
    }

    func order(_ opportunity: String) throws -> String {
        try create(
            "/logistics/orders",
            #"{"opp_id":"\#(opportunity)","currency":"INR","lines":[{"sku":"A-1","quantity":2,"#
                + #""unit_price":"6250.00"}]}"#)
    }

    func decision(_ order: String) throws -> JSON {
        let reply = try send(
            "/bhiv/agent/decide",
            #"{"subject":"orders/\#(order)","context":{"region":"west"},"#
                + #""actions":["standard","express","hold"]}"#, 200)
        return reply.json
    }

    func event(_ type: String = "sla_warning") throws -> String {
        try send("/event/unified", Sample.event(type: type), 202).location()
    }

    func delivery(_ order: String) throws -> String {
        try create(
            "/logistics/delivery", #"{"order_id":"\#(order)","delivery_date":"2026-12-01"}"#)
    }

    func feedback(_ decision: String) throws -> String {
        try create(
            "/task/feedback",
            #"{"subject":"decisions/\#(decision)","rating":5,"reward":0.8,"comment":"Well done"}"#)
    }

    /// An order with everything before it.
    func orderFromNothing() throws -> String { try order(try opportunity(try lead())) }
}
