// What stands in URLs: streams, lists, and what is refused there.

import Domain
import EventLog
import Testing
import Wire

@testable import Gateway
@testable import Store

@Suite struct `Stream queries` {
    private func read(_ query: String, lastEventID: String? = nil) throws(Refusal) -> StreamQuery {
        let bytes = Array(query.utf8)
        guard let items = QueryItems(query: bytes.span, range: 0..<bytes.count) else {
            throw .badParameter("query", "can't be decoded")
        }
        return try StreamQuery(items, lastEventID: lastEventID)
    }

    @Test func `without parameters it is everything, from now`() throws {
        let query = try read("")
        #expect(query.terms.isEverything && query.filter == .everything)
        #expect(!query.isExplicit && query.after == nil)
    }

    @Test func `types, subjects and entities make one filter`() throws {
        let query = try read("types=order_*,lead_created&subject=leads%2F1&entity=lead,order")
        #expect(query.terms.types == ["order_*", "lead_created"])
        #expect(query.terms.subjects == ["leads/1"])
        #expect(query.terms.entities == ["lead", "order"])
        #expect(query.isExplicit)
        #expect(
            query.filter.matches(
                name: "order_x", subject: "leads/1", entity: "lead", of: EventOwners()))
        #expect(
            !query.filter.matches(
                name: "order_x", subject: "leads/2", entity: "lead", of: EventOwners()))
        #expect(
            !query.filter.matches(
                name: "task_x", subject: "leads/1", entity: "lead", of: EventOwners()))
    }

    @Test func `where to begin is a place, and the header wins`() throws {
        #expect(try read("after=0").after == .start)
        let place = try read("after=5f3a09c1-42")
        #expect(place.after == .init(parsing: "5f3a09c1-42") && place.isExplicit)
        let both = try read("after=5f3a09c1-42", lastEventID: "5f3a09c1-43")
        #expect(both.after == .init(parsing: "5f3a09c1-43"))
    }

    @Test func `a malformed place is no error: the stream opens with a gap`() throws {
        for text in ["x", "", "5F3A09C1-1", "5f3a09c1-01", "5f3a09c1--1", "42"] {
            let after = try read("after=" + text).after
            #expect(after == .malformed(text))
        }
        #expect(try read("", lastEventID: "?").after == .malformed("?"))
    }

    @Test(arguments: ["access_token=a.b.c", "ticket=abc"])
    func `a token in the URL, or a ticket, is no part of the filter`(text: String) throws {
        let query = try read(text)
        #expect(!query.isExplicit && query.terms.isEverything)
    }

    @Test(arguments: [
        ("types=", "types"), ("types=A", "types"), ("types=a*b", "types"), ("types=a,,b", "types"),
        ("types=-", "types"), ("subject=", "subject"), ("entity=", "entity"),
        ("entity=Lead", "entity"), ("entity=a,,b", "entity"), ("entity=a/b", "entity"),
        ("type=a", "type"), ("nothing=1", "nothing"), ("Types=a", "Types"), ("%00=1", "query"),
        ("types=%zz", "query"),
    ])
    func `each bad parameter is named`(query: String, name: String) {
        let refused = refusal { () throws(Refusal) in _ = try read(query) }
        #expect(refused?.field == name && refused?.status == 400)
        #expect(refused?.code == "bad_parameter")
    }

    @Test func `lists and subjects are bounded`() {
        let long = String(repeating: "s", count: 257)
        #expect(refusal { () throws(Refusal) in _ = try read("subject=\(long)") } != nil)
        #expect(
            refusal { () throws(Refusal) in _ = try read("subject=\(long.dropLast())") } == nil)
        let many = (0..<33).map { _ in "a" }.joined(separator: ",")
        #expect(refusal { () throws(Refusal) in _ = try read("entity=\(many)") } != nil)
        let types = (0..<65).map { "t\($0)" }.joined(separator: ",")
        #expect(refusal { () throws(Refusal) in _ = try read("types=\(types)") } != nil)
    }
}

@Suite struct `What a client accepts of events` {
    @Test(arguments: [
        nil, "", "text/event-stream", "*/*", "text/*", "text/html, */*;q=0.8",
        "application/json, text/event-stream", "TEXT/EVENT-STREAM", "text/event-stream;q=0.5",
    ])
    func `a stream is what is sent unless JSON alone is asked for`(header: String?) {
        #expect(Acceptance.of(header) == .stream)
    }

    @Test(arguments: [
        "application/json", "application/*", "application/json;q=0.9, text/plain",
        " Application/JSON ; charset=utf-8",
    ])
    func `JSON alone is a page of history`(header: String) {
        #expect(Acceptance.of(header) == .history)
    }

    @Test(arguments: ["text/html", "image/png, text/plain", "application/xml", "nonsense"])
    func `what we do not have is not acceptable`(header: String) {
        #expect(Acceptance.of(header) == .nothing)
    }
}

@Suite struct `Queries of leads` {
    private let reader = Principal(subject: "asha", roles: RoleSet([.sales]))

    private func read(_ query: String) throws -> LeadsQuery {
        try LeadsParameters.read(
            try request("GET /crm/leads?\(query)").parameters(), for: reader)
    }

    private func refused(_ query: String) throws -> Refusal? {
        let items = try request("GET /crm/leads?\(query)").parameters()
        return refusal { () throws(Refusal) in _ = try LeadsParameters.read(items, for: reader) }
    }

    @Test func `without parameters it is the 20 newest`() throws {
        var expected = LeadsQuery(limit: 20)
        expected.reader = reader
        #expect(try read("") == expected)
    }

    @Test func `every parameter is taken`() throws {
        let id = UniqueID(high: 1, low: 2)
        let query = try read(
            "limit=100&cursor=\(id.text)&sort=created_at&status=qualified&owner=r%C3%A1vi+x"
                + "&email=a%40b.c")
        var expected = LeadsQuery(
            limit: 100, after: id, newestFirst: false, status: .qualified, owner: "rávi x",
            email: "a@b.c")
        expected.reader = reader
        #expect(query == expected)
        #expect(try read("sort=-created_at").newestFirst)
    }

    @Test(arguments: [
        ("limit=0", "limit"), ("limit=101", "limit"), ("limit=-1", "limit"), ("limit=", "limit"),
        ("limit=ten", "limit"), ("limit=1.5", "limit"), ("limit=%2B5", "limit"),
        ("limit=99999999999999999999", "limit"), ("cursor=x", "cursor"), ("cursor=", "cursor"),
        ("sort=name", "sort"), ("sort=", "sort"), ("status=New", "status"), ("page=2", "page"),
        ("Limit=5", "Limit"), ("limit=1&limit=2", "limit"),
    ])
    func `each bad parameter is named`(query: String, name: String) throws {
        let refused = try refused(query)
        #expect(refused?.field == name && refused?.status == 400)
    }

    @Test func `an item's id in the path is an id, or it is not there`() throws {
        let id = UniqueID(high: 1, low: 2)
        let good = try admitted(.readLead, "GET /crm/leads/\(id.text)", id: id.text)
        #expect(try QueryIdentifier.read(good, "leads/") == id)
        let bad = try admitted(.readLead, "GET /crm/leads/7", id: "7")
        #expect(
            refusal { () throws(Refusal) in _ = try QueryIdentifier.read(bad, "leads/") }
                == .notFound("leads/7"))
        let parameter = try admitted(.readLead, "GET /crm/leads/\(id.text)?x=1", id: id.text)
        #expect(
            refusal { () throws(Refusal) in _ = try QueryIdentifier.read(parameter, "leads/") }
                == .badParameter("x", "is not known here"))
    }

    @Test func `a query that can't be decoded is the client's mistake`() throws {
        let broken = try request("GET /crm/leads?owner=%zz")
        #expect(
            refusal { () throws(Refusal) in _ = try broken.parameters() }
                == .badParameter("query", "can't be decoded"))
    }
}

@Suite struct `Queries of history` {
    private func read(_ query: String) throws -> HistoryQuery {
        try HistoryParameters.read(
            try admitted(.events, "GET /events?\(query)"),
            log: .init(
                epoch: .init(rawValue: 0x5F3A_09C1), head: 9, memoryBytesMax: 1 << 20,
                pageBytesMax: 1 << 20))
    }

    @Test func `without a place it is the newest, from a place it goes on`() throws {
        let newest = try read("")
        #expect(newest.newestFirst && newest.limit == 50 && newest.before == nil)
        let onward = try read("after=5f3a09c1-4&limit=7")
        #expect(!onward.newestFirst && onward.after == 4 && onward.limit == 7)
    }

    @Test(arguments: ["order=asc&cursor=5", "cursor=5&order=asc"])
    func `a cursor points the way of the order, wherever that stands`(query: String) throws {
        let page = try read(query)
        #expect(!page.newestFirst && page.after == 5 && page.before == nil)
        let back = try read(query.replacing("asc", with: "desc"))
        #expect(back.newestFirst && back.before == 5 && back.after == 0)
    }

    @Test(arguments: [
        ("limit=1001", "limit"), ("order=up", "order"), ("cursor=x", "cursor"),
        ("after=00000000-1", "after"), ("after=x", "after"), ("page=1", "page"),
    ])
    func `each bad parameter is named`(query: String, name: String) {
        do {
            _ = try read(query)
            Issue.record("\(query) was taken")
        } catch {
            #expect((error as? Refusal)?.field == name)
        }
    }
}
