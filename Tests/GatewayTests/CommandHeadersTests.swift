// Headers of commands: media types, conditions, idempotency keys; and the trace.

import Domain
import Testing
import Wire

@testable import Gateway

@Suite struct `Headers of commands` {
    private static let commands = Route.allCases.filter { $0.isCommand }

    @Test(arguments: commands)
    func `JSON is taken by every command, and no type at all`(route: Route) {
        for type in [
            nil, "application/json", "application/json; charset=utf-8", "Application/JSON",
            " application/json ", "application/json;charset=utf-8;x=y",
        ] {
            #expect(
                refusal { () throws(Refusal) in
                    try CommandHeaders.checkMediaType(type, route: route)
                } == nil)
        }
    }

    @Test func `other types are taken by the command that they are for`() {
        let patches = Self.commands.filter { "\($0)".hasPrefix("update") }
        let types: [(String, [Route])] = [
            ("application/merge-patch+json", patches),
            ("application/cloudevents+json; charset=utf-8", [.publishEvents]),
            ("application/cloudevents-batch+json", [.publishEvents]),
        ]
        for (type, owners) in types {
            for route in Self.commands {
                let refused = refusal { () throws(Refusal) in
                    try CommandHeaders.checkMediaType(type, route: route)
                }
                #expect((refused == nil) == owners.contains(route))
            }
        }
    }

    @Test(arguments: [
        "", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data",
        "application/jsonp", "json", ";", "application/json-patch+json",
        "appli cation/json", "application/json x", "application/ json", "; application/json",
    ])
    func `any other type is a 415 that says what to send`(type: String) {
        let refused = refusal { () throws(Refusal) in
            try CommandHeaders.checkMediaType(type, route: .createLead)
        }
        #expect(refused == .unsupportedMediaType(expected: "application/json"))
    }

    @Test func `a body in a coding is a 415 that says what to leave out`() {
        for encoding in [nil, "identity", "Identity"] {
            #expect(
                refusal { () throws(Refusal) in
                    try CommandHeaders.checkContentEncoding(encoding)
                } == nil)
        }
        for encoding in ["gzip", "br", "", "identity, gzip", "identity,identity"] {
            let refused = refusal { () throws(Refusal) in
                try CommandHeaders.checkContentEncoding(encoding)
            }
            #expect(refused == .unsupportedContentEncoding, "\(encoding)")
        }
    }

    @Test(
        arguments: [
            (nil, nil), ("*", nil), ("\"1\"", [1]), ("\"1\", \"22\"", [1, 22]), ("\"1\",*", nil),
            ("\t\"7\" ", [7]), ("W/\"1\"", []), ("W/\"1\", \"2\"", [2]), ("", []), ("1", []),
            ("\"\"", []), ("\"", []), ("\"x\"", []), ("\"01\"", []), ("\"+1\"", []),
            ("\"-1\"", [-1]),
            ("\"99999999999999999999\"", []),
        ] as [(String?, [Int]?)])
    func `If-Match is compared strongly, character by character`(
        header: String?, versions: [Int]?
    ) throws {
        #expect(try CommandHeaders.versions(ifMatch: header) == versions)
    }

    @Test func `allow_duplicate is a yes or a no, for leads alone`() throws {
        #expect(try !CommandHeaders.allowDuplicate(admitted(.createLead, "POST /crm/leads")))
        #expect(
            try CommandHeaders.allowDuplicate(
                admitted(.createLead, "POST /crm/leads?allow_duplicate=true")))
        #expect(
            try !CommandHeaders.allowDuplicate(
                admitted(.updateLead, "PATCH /crm/leads/1?allow_duplicate=false")))
        let bad: [(Route, String, String)] = [
            (.createLead, "allow_duplicate=1", "must be true or false"),
            (.createLead, "allow_duplicate", "must be true or false"),
            (.createLead, "allow_duplicates=true", "is not known here"),
            (.publishEvents, "allow_duplicate=true", "is not known here"),
        ]
        for (route, query, reason) in bad {
            let admitted = try admitted(route, "POST /x?\(query)")
            let refused = refusal { () throws(Refusal) in
                _ = try CommandHeaders.allowDuplicate(admitted)
            }
            let name = query.prefix { $0 != "=" }
            #expect(refused == .badParameter(String(name), reason))
        }
    }
}

@Suite struct `Idempotency keys` {
    private func key(
        _ line: String, _ header: String?, body: String = "{}"
    ) throws
        -> IdempotencyKey?
    {
        let headers = header.map { ["Idempotency-Key: \($0)"] } ?? []
        return try CommandHeaders.idempotencyKey(try request(line, headers, body: body))
    }

    @Test func `a key may be quoted or bare, and is the same`() throws {
        let bare = try #require(try key("POST /a", "k-1"))
        #expect(bare.key == "k-1" && bare.fingerprint.count == 16)
        #expect(try key("POST /a", "\"k-1\"") == bare)
        #expect(try key("POST /a", nil) == nil)
        #expect(try key("POST /a", "\"")?.key == "\"")
    }

    @Test func `only a POST is made once by a key`() throws {
        for method in ["GET", "PATCH", "PUT", "DELETE"] {
            #expect(try key("\(method) /a", "k") == nil)
        }
    }

    @Test func `another request under the same key has another fingerprint`() throws {
        let first = try #require(try key("POST /a?x=1", "k", body: "{}"))
        #expect(try key("POST /a?x=1", "k", body: "{}") == first)
        let others = [
            try key("POST /a?x=2", "k"), try key("POST /a", "k"), try key("POST /b?x=1", "k"),
            try key("POST /a?x=1", "k", body: "{ }"), try key("POST /a?x=1", "k", body: ""),
        ]
        let fingerprints = Set(others.map { $0?.fingerprint } + [first.fingerprint])
        #expect(fingerprints.count == 6)
    }

    @Test(arguments: [
        "\"\"", "a b", "é", "a\tb", String(repeating: "k", count: 256),
        "\"\(String(repeating: "k", count: 256))\"",
    ])
    func `a key that can't be kept is refused`(header: String) throws {
        let request = try request("POST /a", ["Idempotency-Key: \(header)"])
        let refused = refusal { () throws(Refusal) in
            _ = try CommandHeaders.idempotencyKey(request)
        }
        #expect(
            refused == .badParameter("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
        )
    }

    @Test func `a key of 255 characters is kept`() throws {
        let long = String(repeating: "k", count: 255)
        #expect(try key("POST /a", long)?.key == long)
        #expect(try key("POST /a", "\"\(long)\"")?.key == long)
    }
}

@Suite struct `Trace parents` {
    private static let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    @Test(arguments: [
        good, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-will-be",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff",
    ])
    func `a well-formed header tells the trace`(header: String) {
        #expect(Traceparent.traceID(header) == "0af7651916cd43dd8448eb211c80319c")
    }

    @Test(arguments: [
        "", "00", "00-", String(good.dropLast()), good + "x", good + "-x",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.x",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
        "0x-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
        " 0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c8031é-b7ad6b7169203331-01",
    ])
    func `a malformed header is as none`(header: String) {
        #expect(Traceparent.traceID(header) == nil)
    }

    @Test func `a header that is cut anywhere is as none`() {
        for count in 0..<55 { #expect(Traceparent.traceID(String(Self.good.prefix(count))) == nil) }
    }

    @Test func `made ids have 16 digits`() {
        #expect(Traceparent.hex(0) == "0000000000000000")
        #expect(Traceparent.hex(0xAB) == "00000000000000ab")
        #expect(Traceparent.hex(.max) == "ffffffffffffffff")
    }
}
