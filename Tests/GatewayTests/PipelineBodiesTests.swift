// Bodies of opportunities, orders, deliveries and tasks: what each field becomes, and which refusal
// names it.

import Domain
import Testing
import Wire

@testable import Gateway

private let id = CommandCase.id

/// A body on a route, and the field that is at fault.
struct FaultyBody: Sendable, CustomTestStringConvertible {
    let route: Route
    let body: String
    let field: String

    init(_ route: Route, _ body: String, _ field: String) {
        self.route = route
        self.body = body
        self.field = field
    }

    var testDescription: String { "\(route) \(body)" }

    /// Expects the 422 that names the field.
    func expectRefused() throws {
        let refused = try CommandCase.refusal(route, body)
        #expect(refused?.field == field && refused?.status == 422, "\(String(describing: refused))")
        #expect(refused?.code == "invalid_field")
    }
}

@Suite struct `Bodies of opportunities` {
    private static let whole = #"{"lead_id":"\#(id)","name":"a","value":"1","currency":"INR""#

    @Test func `every field is taken`() throws {
        let command = try CommandCase.command(
            .createOpportunity,
            Self.whole
                + #","stage":"proposal","probability":55,"expected_close":"2026-12-31","#
                + #""owner":"ravi"}"#)
        guard case .createOpportunity(let made) = command else { throw Unreadable(text: "") }
        #expect(made.leadID.text == id && made.name == "a" && made.value.text == "1.00")
        #expect(made.currency.code == "INR" && made.stage == .proposal && made.probability == 55)
        #expect(made.expectedClose?.text == "2026-12-31" && made.owner == "ravi")
    }

    @Test(arguments: [
        FaultyBody(.createOpportunity, "{}", "lead_id"),
        FaultyBody(.createOpportunity, #"{"lead_id":"7"}"#, "lead_id"),
        FaultyBody(.createOpportunity, #"{"lead_id":7}"#, "lead_id"),
        FaultyBody(.createOpportunity, #"{"lead_id":"\#(id)"}"#, "name"),
        FaultyBody(.createOpportunity, #"{"lead_id":"\#(id)","name":"a"}"#, "value"),
        FaultyBody(
            .createOpportunity, #"{"lead_id":"\#(id)","name":"a","value":12500.00}"#, "value"),
        FaultyBody(
            .createOpportunity, #"{"lead_id":"\#(id)","name":"a","value":"1.23456"}"#, "value"),
        FaultyBody(.createOpportunity, #"{"lead_id":"\#(id)","name":"a","value":"1e3"}"#, "value"),
        FaultyBody(
            .createOpportunity, #"{"lead_id":"\#(id)","name":"a","value":"1"}"#, "currency"),
        FaultyBody(
            .createOpportunity, #"{"lead_id":"\#(id)","name":"a","value":"1","currency":"inr"}"#,
            "currency"),
        FaultyBody(.createOpportunity, Self.whole + #","stage":"closed"}"#, "stage"),
        FaultyBody(.createOpportunity, Self.whole + #","probability":0.5}"#, "probability"),
        FaultyBody(
            .createOpportunity, Self.whole + #","expected_close":"2026-02-30"}"#,
            "expected_close"),
        FaultyBody(.createOpportunity, Self.whole + #","lost_reason":"x"}"#, "lost_reason"),
        FaultyBody(.updateOpportunity, #"{"name":null}"#, "name"),
        FaultyBody(.updateOpportunity, #"{"value":null}"#, "value"),
        FaultyBody(.updateOpportunity, #"{"currency":null}"#, "currency"),
        FaultyBody(.updateOpportunity, #"{"stage":null}"#, "stage"),
        FaultyBody(.updateOpportunity, #"{"probability":null}"#, "probability"),
        FaultyBody(.updateOpportunity, #"{"lead_id":"\#(id)"}"#, "lead_id"),
    ])
    func `each mistake is refused by its field`(bad: FaultyBody) throws {
        try bad.expectRefused()
    }

    @Test func `a patch tells clearing from keeping`() throws {
        let command = try CommandCase.command(
            .updateOpportunity,
            #"{"expected_close":null,"owner":null,"stage":"lost","lost_reason":"price"}"#)
        guard case .updateOpportunity(let patch) = command else { throw Unreadable(text: "") }
        #expect(patch.expectedClose == .some(nil) && patch.owner == .some(nil))
        #expect(patch.stage == .lost && patch.lostReason == .some("price"))
        #expect(patch.name == nil && patch.value == nil && patch.probability == nil)
    }
}

@Suite struct `Bodies of orders` {
    private static func body(_ lines: String, more: String = "") -> String {
        #"{"opp_id":"\#(id)","currency":"INR","lines":\#(lines)\#(more)}"#
    }

    private static let line = #"{"sku":"A-1","quantity":2,"unit_price":"6250.00"}"#

    @Test func `every field is taken`() throws {
        let command = try CommandCase.command(
            .createOrder,
            Self.body("[\(Self.line),\(Self.line)]", more: #","total":"25000","owner":"ravi""#))
        guard case .createOrder(let made) = command else { throw Unreadable(text: "") }
        #expect(made.opportunityID.text == id && made.lines.count == 2 && made.owner == "ravi")
        #expect(made.lines[0].sku == "A-1" && made.lines[0].quantity == 2)
        #expect(made.lines[0].unitPrice.text == "6250.00" && made.total?.text == "25000.00")
    }

    @Test(arguments: [
        FaultyBody(.createOrder, "{}", "opp_id"),
        FaultyBody(.createOrder, #"{"opp_id":"\#(id)"}"#, "currency"),
        FaultyBody(.createOrder, #"{"opp_id":"\#(id)","currency":"INR"}"#, "lines"),
        FaultyBody(.createOrder, body("{}"), "lines"),
        FaultyBody(.createOrder, body("[]"), "lines"),
        FaultyBody(.createOrder, body("[7]"), "lines[0]"),
        FaultyBody(.createOrder, body("[{}]"), "lines[0].sku"),
        FaultyBody(.createOrder, body("[\(line),{\"sku\":\"b\"}]"), "lines[1].quantity"),
        FaultyBody(
            .createOrder, body(#"[{"sku":"b","quantity":"2"}]"#), "lines[0].quantity"),
        FaultyBody(
            .createOrder, body(#"[{"sku":"b","quantity":2,"unit_price":1}]"#),
            "lines[0].unit_price"),
        FaultyBody(
            .createOrder, body(#"[{"sku":"","quantity":2,"unit_price":"1"}]"#), "lines[0].sku"),
        FaultyBody(
            .createOrder, body(#"[{"sku":"b","quantity":2,"unit_price":"1","x":1}]"#),
            "lines[0].x"),
        FaultyBody(
            .createOrder, body(#"[{"sku":"b","sku":"b"}]"#), "lines[0].sku"),
        FaultyBody(.createOrder, body("[\(line)]", more: #","total":12500"#), "total"),
        FaultyBody(.createOrder, body("[\(line)]", more: #","status":"draft""#), "status"),
        FaultyBody(.updateOrder, #"{"status":"lost"}"#, "status"),
        FaultyBody(.updateOrder, #"{"lines":null}"#, "lines"),
        FaultyBody(.updateOrder, #"{"currency":"INR"}"#, "currency"),
    ])
    func `each mistake is refused by its field`(bad: FaultyBody) throws {
        try bad.expectRefused()
    }

    @Test func `an order may have 500 lines and not one more`() throws {
        let lines = Array(repeating: Self.line, count: 500)
        let most = Self.body("[\(lines.joined(separator: ","))]")
        #expect(try CommandCase.refusal(.createOrder, most) == nil)
        let more = Self.body("[\((lines + [Self.line]).joined(separator: ","))]")
        #expect(try CommandCase.refusal(.createOrder, more)?.field == "lines")
    }

    @Test func `a status is patched`() throws {
        let command = try CommandCase.command(.updateOrder, #"{"status":"confirmed"}"#)
        guard case .updateOrder(let patch) = command else { throw Unreadable(text: "") }
        #expect(patch.status == .confirmed && patch.lines == nil && patch.owner == nil)
    }
}

@Suite struct `Bodies of deliveries and tasks` {
    @Test func `every field is taken`() throws {
        let command = try CommandCase.command(
            .scheduleDelivery,
            #"{"order_id":"\#(id)","delivery_date":"2026-12-01","carrier":"c","tracking":"t"}"#)
        guard case .scheduleDelivery(let made) = command else { throw Unreadable(text: "") }
        #expect(made.orderID.text == id && made.deliveryDate.text == "2026-12-01")
        #expect(made.carrier == "c" && made.tracking == "t")
        let patch = try CommandCase.command(
            .updateDelivery,
            #"{"status":"out_for_delivery","carrier":null,"proof":"signed\nby Asha"}"#)
        guard case .updateDelivery(let change) = patch else { throw Unreadable(text: "") }
        #expect(change.status == .outForDelivery && change.carrier == .some(nil))
        #expect(change.proof == .some("signed\nby Asha") && change.tracking == nil)
        #expect(change.eventID != change.orderEventID)
        let task = try CommandCase.command(
            .createTask,
            #"{"title":"Call","subject":"leads/\#(id)","assignee":"ravi","priority":"urgent","#
                + #""due":"2026-12-01T09:00:00+05:30","description":"a\nb"}"#)
        guard case .createTask(let made) = task else { throw Unreadable(text: "") }
        #expect(made.title == "Call" && made.subject?.text == "leads/\(id)")
        #expect(made.due?.text == "2026-12-01T03:30:00.000Z" && made.priority == .urgent)
        #expect(made.assignee == "ravi" && made.description == "a\nb")
    }

    @Test(arguments: [
        FaultyBody(.scheduleDelivery, "{}", "order_id"),
        FaultyBody(.scheduleDelivery, #"{"order_id":"\#(id)"}"#, "delivery_date"),
        FaultyBody(
            .scheduleDelivery, #"{"order_id":"\#(id)","delivery_date":"01.12.2026"}"#,
            "delivery_date"),
        FaultyBody(
            .scheduleDelivery, #"{"order_id":"\#(id)","delivery_date":"2026-13-01"}"#,
            "delivery_date"),
        FaultyBody(.updateDelivery, #"{"status":"lost"}"#, "status"),
        FaultyBody(.updateDelivery, #"{"delivery_date":null}"#, "delivery_date"),
        FaultyBody(.updateDelivery, #"{"attempts":3}"#, "attempts"),
        FaultyBody(.createTask, "{}", "title"),
        FaultyBody(.createTask, #"{"title":"a","subject":"people/\#(id)"}"#, "subject"),
        FaultyBody(.createTask, #"{"title":"a","subject":"leads/7"}"#, "subject"),
        FaultyBody(.createTask, #"{"title":"a","due":"tomorrow"}"#, "due"),
        FaultyBody(.createTask, #"{"title":"a","priority":"asap"}"#, "priority"),
        FaultyBody(.createTask, #"{"title":"a","description":" \n "}"#, "description"),
        FaultyBody(.createTask, #"{"title":"a","description":"\u0007"}"#, "description"),
        FaultyBody(.createTask, #"{"title":"a","status":"open"}"#, "status"),
        FaultyBody(.updateTask, #"{"title":null}"#, "title"),
        FaultyBody(.updateTask, #"{"status":"finished"}"#, "status"),
        FaultyBody(.updateTask, #"{"priority":null}"#, "priority"),
        FaultyBody(.updateTask, #"{"subject":"leads/\#(id)"}"#, "subject"),
    ])
    func `each mistake is refused by its field`(bad: FaultyBody) throws {
        try bad.expectRefused()
    }

    @Test func `a longer text has 2,000 characters at most`() throws {
        let most = String(repeating: "é", count: 2000)
        #expect(
            try CommandCase.refusal(.createTask, #"{"title":"a","description":"\#(most)"}"#)
                == nil)
        #expect(
            try CommandCase.refusal(.createTask, #"{"title":"a","description":"\#(most)é"}"#)?
                .field == "description")
    }
}

@Suite struct `Versions that a patch meets` {
    private static let patches: [Route] = [
        .updateOpportunity, .updateOrder, .updateDelivery, .updateTask,
    ]

    private func versions(_ route: Route, _ header: String) throws -> [Int]? {
        var ids = FreshIDs()
        let command = try CommandCase.decoder(route, "{}", headers: ["If-Match: \(header)"])
            .command(ids: &ids)
        return switch command {
        case .updateLead(let patch): patch.ifMatch
        case .updateOpportunity(let patch): patch.ifMatch
        case .updateOrder(let patch): patch.ifMatch
        case .updateDelivery(let patch): patch.ifMatch
        case .updateTask(let patch): patch.ifMatch
        default: nil
        }
    }

    @Test(arguments: patches)
    func `each patch is conditional`(route: Route) throws {
        #expect(try versions(route, "\"3\"") == [3])
        #expect(try versions(route, "\"3.1\"") == [])
        #expect(try versions(route, "*") == nil)
    }

    @Test(
        arguments: [
            ("\"3.1\"", [3]), ("\"3.0\", \"4\"", [3, 4]), ("\"3.01\"", []), ("\"3.\"", []),
            ("\".1\"", []), ("\"3.1.2\"", []), ("W/\"3.1\"", []),
        ] as [(String, [Int])])
    func `a lead's score is no part of what a client edits`(
        header: String, expected: [Int]
    ) throws {
        #expect(try versions(.updateLead, header) == expected)
    }
}
