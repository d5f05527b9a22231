// What the gates refuse, on its way to the audit trail: counted together, bounded, none left out.

import Domain
import Testing

@testable import Gateway

@Suite struct `Denied requests` {
    private func add(
        _ denials: inout Denials, user: String = "asha", resource: String = "/crm/leads",
        reason: String = "forbidden", times: Int = 1
    ) {
        for time in 0..<times {
            denials.add(
                userID: user, action: "lead.create", resource: resource, layer: .authorization,
                reason: reason, traceID: "trace \(time)")
        }
    }

    @Test func `equal refusals are one row with a count, and the first one's trace`() {
        var denials = Denials()
        var ids = FreshIDs()
        ids.milliseconds = 77
        #expect(denials.isEmpty)
        add(&denials, times: 1000)
        #expect(!denials.isEmpty)
        let rows = denials.take(ids: &ids)
        #expect(rows.count == 1)
        #expect(rows.first?.count == 1000 && rows.first?.traceID == "trace 0")
        #expect(rows.first?.layer == .authorization && rows.first?.success == false)
        #expect(rows.first?.reason == "forbidden" && rows.first?.userID == "asha")
        #expect(rows.first?.time == Timestamp(milliseconds: 77))
    }

    @Test func `who, what, where and why keep rows apart`() {
        var denials = Denials()
        var ids = FreshIDs()
        add(&denials)
        add(&denials, user: "ravi", times: 2)
        add(&denials, resource: "/crm/leads/1", times: 3)
        add(&denials, reason: "token_expired", times: 4)
        let rows = denials.take(ids: &ids)
        #expect(rows.map(\.count).sorted() == [1, 2, 3, 4])
        #expect(Set(rows.map(\.id)).count == 4)
    }

    @Test func `what was taken is not taken again`() {
        var denials = Denials()
        var ids = FreshIDs()
        add(&denials, times: 5)
        _ = denials.take(ids: &ids)
        #expect(denials.isEmpty && denials.take(ids: &ids).isEmpty)
        add(&denials)
        #expect(denials.take(ids: &ids).map(\.count) == [1])
    }

    @Test func `a flood of different refusals is bounded, and none is uncounted`() {
        var denials = Denials()
        var ids = FreshIDs()
        for number in 0..<5000 { add(&denials, user: "u\(number)", resource: "/r\(number)") }
        let rows = denials.take(ids: &ids)
        #expect(rows.count <= Denials.differentMax + 1)
        #expect(rows.map(\.count).reduce(0, +) == 5000)
        let rest = rows.first { $0.userID == "*" }
        #expect(rest?.resource == "*" && rest?.count == 5000 - Denials.differentMax)
    }

    @Test func `a read that is allowed is a row without a reason`() {
        var denials = Denials()
        var ids = FreshIDs()
        for _ in 0..<3 {
            denials.add(
                userID: "asha", action: "audit.list", resource: "/audit", layer: .business,
                reason: nil, traceID: "t")
        }
        let rows = denials.take(ids: &ids)
        #expect(rows.map(\.count) == [3] && rows.map(\.success) == [true])
        #expect(rows.first?.reason == nil)
    }

    @Test(arguments: [
        ("/crm/leads/1", "/crm/leads/1"), ("/a;token=x", "/a"), ("/a&token=x", "/a"),
        ("/a?token=x", "/a"), ("/a#token", "/a"), ("/a=x", "/a"), ("/a%3Ftoken", "/a"),
        ("/a%3ftoken", "/a"), ("/a%3Bx", "/a"), ("/a%2Fb", "/a%2Fb"), ("/a%", "/a%"),
        ("/a%3", "/a%3"), ("/é", "/é"), ("/auth/streams/a b", "/auth/streams/a b"),
    ])
    func `what follows a path, in whatever form, is not written`(path: String, written: String) {
        var denials = Denials()
        var ids = FreshIDs()
        add(&denials, resource: path)
        #expect(denials.take(ids: &ids).map(\.resource) == [written])
    }

    @Test func `a long resource is cut`() {
        var denials = Denials()
        var ids = FreshIDs()
        add(&denials, resource: "/" + String(repeating: "a", count: 5000))
        #expect(denials.take(ids: &ids).first?.resource.utf8.count == 256)
    }
}
