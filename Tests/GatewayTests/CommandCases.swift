// Every command route with its smallest body, as the specification has it, and how a test reads a
// body as the gateway does.

import Domain
import Testing
import Wire

@testable import Gateway

/// A command route and a body that it takes.
struct CommandCase: Sendable, CustomTestStringConvertible {
    let route: Route
    let body: String

    init(_ route: Route, _ body: String) {
        self.route = route
        self.body = body
    }

    var testDescription: String { "\(route) \(body)" }

    static let id = "0193b3a0-0000-7000-8000-000000000001"

    static let all = [
        CommandCase(.createLead, #"{"name":"Asha Rao","email":"asha@example.test"}"#),
        CommandCase(.updateLead, "{}"),
        CommandCase(.convertLead, ""),
        CommandCase(.deleteLead, ""),
        CommandCase(.deleteOpportunity, ""),
        CommandCase(.deleteOrder, ""),
        CommandCase(.deleteTask, ""),
        CommandCase(
            .createOpportunity,
            #"{"lead_id":"\#(id)","name":"Annual plan","value":"12500.00","currency":"INR"}"#),
        CommandCase(.updateOpportunity, "{}"),
        CommandCase(
            .createOrder,
            #"{"opp_id":"\#(id)","currency":"INR","lines":[{"sku":"A-1","quantity":2,"#
                + #""unit_price":"6250.00"}]}"#),
        CommandCase(.updateOrder, "{}"),
        CommandCase(
            .decide,
            #"{"subject":"orders/\#(id)","context":{"region":"west"},"#
                + #""actions":["standard","express","hold"]}"#),
        CommandCase(
            .publishEvents,
            #"{"task_id":"t-1","user_id":"u-1","event_type":"sla_warning","#
                + #""consent_flag":true,"payload":{"level":2}}"#),
        CommandCase(
            .scheduleDelivery, #"{"order_id":"\#(id)","delivery_date":"2026-12-01"}"#),
        CommandCase(.updateDelivery, "{}"),
        CommandCase(
            .giveFeedback,
            #"{"subject":"decisions/\#(id)","rating":5,"reward":0.8,"comment":"Well done"}"#),
        CommandCase(.createTask, #"{"title":"Call back"}"#),
        CommandCase(.updateTask, "{}"),
        CommandCase(.updateNotification, #"{"state":"read"}"#),
        CommandCase(
            .recordConsent,
            #"{"subject":"leads/\#(id)","purpose":"contact","status":"withdrawn"}"#),
        CommandCase(.replayDeadLetter, ""),
        CommandCase(.eraseSubject, ""),
        CommandCase(.revokeTokens, #"{"jti":"t-1"}"#),
    ]

    /// The command that the body becomes.
    func command(_ ids: inout FreshIDs) throws -> Command {
        try CommandCase.decoder(route, body).command(ids: &ids)
    }

    /// What reads a body on a route, the item's id in its path.
    static func decoder(
        _ route: Route, _ body: String, query: String = "", headers: [String] = []
    ) throws -> CommandDecoder {
        var admitted = AdmittedRequest(
            request: try request("POST /x/\(id)\(query)", headers, body: body), route: route,
            id: route == .eraseSubject ? "leads/" + id : id,
            trace: TraceContext(traceparent: ""))
        admitted.parameters = try admitted.request.parameters()
        return CommandDecoder(
            admitted: admitted, model: ModelSnapshot(ModelState(exploration: .standard)))
    }

    /// The command of a body.
    static func command(_ route: Route, _ body: String) throws -> Command {
        var ids = FreshIDs()
        return try decoder(route, body).command(ids: &ids)
    }

    /// What a body is refused with; nil if it is taken.
    static func refusal(_ route: Route, _ body: String, query: String = "") throws -> Refusal? {
        var ids = FreshIDs()
        let decoder = try decoder(route, body, query: query)
        do throws(Refusal) {
            _ = try decoder.command(ids: &ids)
            return nil
        } catch {
            return error
        }
    }
}

@Suite struct `Bodies of all commands` {
    @Test func `every command route has its case`() {
        #expect(
            Set(CommandCase.all.map(\.route)) == Set(Route.allCases.filter { $0.isCommand }))
    }

    @Test(arguments: CommandCase.all)
    func `the smallest body is taken`(each: CommandCase) throws {
        #expect(try CommandCase.refusal(each.route, each.body) == nil)
    }

    @Test(arguments: CommandCase.all)
    func `an unknown field is refused by its name`(each: CommandCase) throws {
        let body = each.body.isEmpty ? "{}" : each.body
        let more = body.dropLast() + (body == "{}" ? "" : ",") + #""colour":1}"#
        #expect(
            try CommandCase.refusal(each.route, String(more))
                == .invalidField("colour", "is not a known field"))
    }

    @Test(arguments: CommandCase.all)
    func `an unknown query parameter is refused before the fields`(each: CommandCase) throws {
        let body = each.route == .replayDeadLetter ? "" : #"{"colour":1}"#
        #expect(
            try CommandCase.refusal(each.route, body, query: "?page=2")
                == .badParameter("page", "is not known here"))
    }

    @Test(arguments: CommandCase.all.filter { $0.route.purpose != nil })
    func `its own flag without consent ends it before any field`(each: CommandCase) throws {
        let refused = try CommandCase.refusal(each.route, #"{"consent_flag":false,"colour":1}"#)
        #expect(refused?.code == "consent_required" && refused?.status == 403)
    }

    @Test(arguments: CommandCase.all.filter { !$0.body.isEmpty })
    func `what is no JSON, or no object, is no command`(each: CommandCase) throws {
        #expect(try CommandCase.refusal(each.route, "{")?.code == "bad_json")
        #expect(try CommandCase.refusal(each.route, "")?.code == "bad_json")
        #expect(
            try CommandCase.refusal(each.route, "7")?.field == "body", "\(each.route)")
    }

    @Test(arguments: CommandCase.all.filter { $0.route.isPatch || $0.route == .replayDeadLetter })
    func `an id in the path that is none names nothing`(each: CommandCase) throws {
        var ids = FreshIDs()
        var admitted = try CommandCase.decoder(each.route, each.body).admitted
        admitted = AdmittedRequest(
            request: admitted.request, route: each.route, id: "7", trace: admitted.trace)
        let decoder = CommandDecoder(
            admitted: admitted, model: ModelSnapshot(ModelState(exploration: .standard)))
        let refused = refusal { () throws(Refusal) in _ = try decoder.command(ids: &ids) }
        #expect(refused?.status == 404)
    }
}
