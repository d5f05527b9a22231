// Reads of the pipeline: which query each route asks, by which parameters, and what is refused.

import Domain
import EventLog
import Store
import Testing
import Wire

@testable import Gateway

@Suite struct `Queries of records` {
    private static let id = CommandCase.id

    private static let lists: [(Route, RecordKind)] = [
        (.listOpportunities, .opportunities), (.listOrders, .orders),
        (.listDeliveries, .deliveries), (.listTasks, .tasks), (.listFeedback, .feedback),
        (.listDecisions, .decisions), (.listNotifications, .notifications),
        (.listConsents, .consents), (.listLogs, .logs), (.listWorkflowRuns, .workflowRuns),
        (.listDeadLetters, .deadLetters),
    ]

    private func decoder(_ route: Route, _ query: String, id: String? = nil) throws -> QueryDecoder
    {
        QueryDecoder(
            admitted: try admitted(route, "GET /x?\(query)", id: id),
            token: VerifiedToken(
                credential: Credential(
                    principal: Principal(subject: "asha", roles: RoleSet([.sales])),
                    tokenID: nil, issuedMilliseconds: nil),
                expirySeconds: 1),
            log: EventLog(
                epoch: Epoch(rawValue: 1), head: 9, memoryBytesMax: 1 << 20,
                pageBytesMax: 1 << 20))
    }

    private func records(_ route: Route, _ query: String = "") throws -> RecordsQuery {
        let id = route == .listWorkflowRuns ? "lead_follow_up" : nil
        guard case .records(let records) = try decoder(route, query, id: id).query() else {
            throw Unreadable(text: query)
        }
        return records
    }

    private func refused(_ route: Route, _ query: String, id: String? = nil) throws -> Refusal? {
        let decoder = try decoder(route, query, id: id)
        return refusal { () throws(Refusal) in _ = try decoder.query() }
    }

    @Test(arguments: lists)
    func `a list is the newest of its kind`(route: Route, kind: RecordKind) throws {
        let query = try records(route)
        #expect(query.kind == kind && query.newestFirst && query.after == nil)
        #expect(query.limit == (kind == .logs ? 100 : 20))
        let time = kind == .logs ? "time" : "created_at"
        #expect(try !records(route, "sort=\(time)&limit=7").newestFirst)
        #expect(try records(route, "cursor=\(Self.id)").after?.id.text == Self.id)
    }

    @Test(arguments: lists)
    func `each filter of its table is taken, and no other`(
        route: Route, kind: RecordKind
    ) throws {
        let samples: [(FilterType, String, FilterValue)] = [
            (.date, "2026-12-01", .date(try #require(CalendarDate("2026-12-01")))),
            (
                .time, "2026-12-01T00:00:00Z",
                .time(try #require(Timestamp(rfc3339: "2026-12-01T00:00:00Z")))
            ),
            (.flag, "true", .flag(true)), (.text, "r%C3%A1vi", .text("rávi")),
            (.id, Self.id, .id(try #require(UniqueID(Self.id)))),
        ]
        let fixed: Set<String> =
            route == .listNotifications
            ? ["recipient"] : route == .listWorkflowRuns ? ["rule"] : []
        for filter in kind.filters {
            var text = ""
            var value = FilterValue.text("")
            if case .word(let words) = filter.type {
                text = words[0]
                value = .text(words[0])
                #expect(
                    try refused(route, "\(filter.name)=nothing", id: "lead_follow_up")?.field
                        == filter.name)
            } else {
                let sample = try #require(samples.first { $0.0 == filter.type })
                (text, value) = (sample.1, sample.2)
            }
            if fixed.contains(filter.name) {
                #expect(
                    try refused(route, "\(filter.name)=\(text)", id: "lead_follow_up")?.field
                        == filter.name)
            } else {
                let query = try records(route, "\(filter.name)=\(text)")
                #expect(query.filters[filter.name] == value)
                #expect(query.filters.count == 1 + fixed.count)
            }
        }
        for bad in ["limit=0", "cursor=x", "sort=name", "page=2", "limit=1&limit=2"] {
            let name = bad.prefix { $0 != "=" }
            let refused = try refused(route, bad, id: "lead_follow_up")
            #expect(refused?.field == String(name) && refused?.code == "bad_parameter")
        }
    }

    @Test func `an inbox is the reader's, and runs are of their rule`() throws {
        #expect(try records(.listNotifications).filters == ["recipient": .text("asha")])
        #expect(try records(.listWorkflowRuns).filters == ["rule": .text("lead_follow_up")])
        #expect(
            try refused(.listWorkflowRuns, "", id: "nothing") == .notFound("workflows/nothing"))
        guard case .notificationCounts("asha") = try decoder(.countNotifications, "").query()
        else { throw Unreadable(text: "counts") }
    }

    @Test func `one trace is told from its beginning, the log from its end`() throws {
        #expect(try !records(.listLogs, "trace_id=a").newestFirst)
        #expect(try records(.listLogs, "trace_id=a&sort=-time").newestFirst)
        #expect(try records(.listLogs, "level=warn").newestFirst)
        #expect(try records(.listLogs, "limit=1000").limit == 1000)
        #expect(try refused(.listTasks, "limit=101")?.field == "limit")
    }

    @Test(arguments: [
        (Route.readOpportunity, RecordKind.opportunities), (.readOrder, .orders),
        (.readDelivery, .deliveries), (.readTask, .tasks), (.readFeedback, .feedback),
        (.readDecision, .decisions), (.readNotification, .notifications),
        (.readDeadLetter, .deadLetters),
    ])
    func `an item is asked for by its id`(route: Route, kind: RecordKind) throws {
        guard case .record(let asked) = try decoder(route, "", id: Self.id).query() else {
            throw Unreadable(text: "\(route)")
        }
        #expect(asked.kind == kind && asked.id.text == Self.id)
        #expect(try refused(route, "", id: "7") == .notFound("\(kind.rawValue)/7"))
        #expect(try refused(route, "x=1", id: Self.id)?.field == "x")
    }

    @Test func `checks are read from the log, page by page`() throws {
        guard
            case .history(let query) = try decoder(
                .listChecks, "cursor=7&subject=leads/1&limit=3"
            ).query()
        else { throw Unreadable(text: "checks") }
        #expect(query.before == 7 && query.newestFirst && query.limit == 3)
        #expect(query.terms.map(\.types) == [["compliance_checked"]])
        #expect(query.terms.map(\.subjects) == [["leads/1"]])
        guard case .history(let back) = try decoder(.listChecks, "cursor=7&sort=created_at").query()
        else { throw Unreadable(text: "checks") }
        #expect(back.after == 7 && back.before == nil && !back.newestFirst)
        for bad in ["cursor=x", "cursor=%2B7", "effect=deny", "limit=0"] {
            #expect(try refused(.listChecks, bad)?.status == 400)
        }
    }

    @Test func `a message is visible to its recipient alone`() throws {
        let id = UniqueID(high: 1, low: 2)
        let message = StoredRecord.notification(
            Notification(
                id: id, recipient: "asha", category: "delivery", title: "t", body: "b",
                subject: nil, createdAt: Timestamp(milliseconds: 0)))
        #expect(message.isVisible(to: "asha") && !message.isVisible(to: "root"))
        let named = StoredRecord.notification(
            Notification(
                id: UniqueID(high: 1, low: 2), recipient: "jos\u{e9}", category: "task",
                title: "A", body: "B", subject: nil, createdAt: Timestamp(milliseconds: 0)))
        #expect(named.isVisible(to: "jos\u{e9}") && !named.isVisible(to: "jose\u{301}"))
    }
}

@Suite struct `Tables of the program` {
    private func answer(_ route: Route, _ query: String = "", id: String? = nil) throws -> String {
        let answer = try TableAnswers.answer(
            try admitted(route, "GET /x?\(query)", id: id),
            model: ModelSnapshot(ModelState(exploration: .standard)))
        #expect(answer.status == 200)
        return String(decoding: answer.body, as: UTF8.self)
    }

    private func refused(_ route: Route, _ query: String, id: String? = nil) throws -> Refusal? {
        let admitted = try admitted(route, "GET /x?\(query)", id: id)
        return refusal { () throws(Refusal) in
            _ = try TableAnswers.answer(
                admitted, model: ModelSnapshot(ModelState(exploration: .standard)))
        }
    }

    @Test func `each table is whole JSON with its rows`() throws {
        for (route, text) in [
            (Route.listPurposes, #""code":"contract""#),
            (.listPolicies, #""id":"contact_withdrawn","effect":"forbid","scope":"actions""#),
            (.listWorkflows, #""conditions":[{"path":"data.status","op":"eq","value":"failed"}"#),
            (.readAgentPolicy, #""method":"learned""#),
        ] {
            let body = try answer(route)
            #expect(body.contains(text))
            _ = try document(body)
            #expect(try refused(route, "page=2")?.field == "page")
        }
    }

    @Test func `a table is paged like any collection`() throws {
        let count = WorkflowRule.standard.count
        var seen: [String] = []
        var cursor = ""
        repeat {
            let page = try document(try answer(.listWorkflows, "limit=1" + cursor))
            let rows = page.elements(try #require(page.member("data", of: page.root)))
            seen += rows.compactMap { page.member("id", of: $0).flatMap(page.string) }
            cursor =
                page.member("next_cursor", of: page.root).flatMap(page.string)
                .map { "&cursor=" + $0 } ?? ""
        } while !cursor.isEmpty && seen.count <= count
        #expect(seen == WorkflowRule.standard.map(\.id))
        #expect(try refused(.listWorkflows, "cursor=nothing")?.field == "cursor")
        #expect(try refused(.listWorkflows, "limit=0")?.field == "limit")
    }

    @Test func `a rule is found by its name`() throws {
        #expect(try answer(.readWorkflow, id: "sla_warning").contains(#""id":"sla_warning""#))
        #expect(
            try refused(.readWorkflow, "", id: "nothing") == .notFound("workflows/nothing"))
    }
}
