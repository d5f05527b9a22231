// JSON texts of RFC 8259, read through the document.

import Testing
import Wire

@Suite struct JSONDocumentTests {
    static let order = """
        { "opp_id": "0190-ab", "currency": "INR", "note": "a\\"b\\u00e9\\ud83d\\ude00\\n",
          "lines": [ {"sku":"A-1","quantity":2,"unit_price":"6250.00"}, {"sku":"B","quantity":-3} ],
          "express": true, "gift": false, "ref": null, "rate": 1.50e+2, "empty": {}, "none": [] }
        """

    @Test func `the values of an object are found by name`() throws {
        let document = try JSONDocument(utf8(Self.order))
        let root = document.root
        func value(_ name: String) throws -> JSONValue {
            try #require(document.member(name, of: root))
        }
        #expect(document.kind(root) == .object)
        #expect(document.count(root) == 10)
        #expect(document.string(try value("opp_id")) == "0190-ab")
        #expect(document.string(try value("note")) == "a\"bé😀\n")
        #expect(document.bool(try value("express")) == true)
        #expect(document.bool(try value("gift")) == false)
        #expect(document.kind(try value("ref")) == .null)
        #expect(document.numberText(try value("rate")) == "1.50e+2")
        #expect(document.integer(try value("rate")) == nil)
        #expect(document.count(try value("empty")) == 0)
        #expect(document.elements(try value("none")).isEmpty)
        #expect(document.member("missing", of: root) == nil)
        #expect(document.member("sku", of: root) == nil)
        #expect(document.string(try value("express")) == nil)
        #expect(document.bool(try value("opp_id")) == nil)
    }

    @Test func `the elements of an array come in order`() throws {
        let document = try JSONDocument(utf8(Self.order))
        let lines = try #require(document.member("lines", of: document.root))
        let elements = document.elements(lines)
        #expect(document.count(lines) == 2)
        #expect(
            elements.map { document.member("quantity", of: $0).flatMap(document.integer) }
                == [2, -3])
        #expect(document.members(elements[0]).map(\.name) == ["sku", "quantity", "unit_price"])
        #expect(text(document.raw(elements[1])) == "{\"sku\":\"B\",\"quantity\":-3}")
    }

    @Test func `a minified text is one line and means the same`() throws {
        let document = try JSONDocument(utf8(Self.order))
        var output: [UInt8] = []
        document.appendMinified(document.root, to: &output)
        #expect(
            text(output)
                == "{\"opp_id\":\"0190-ab\",\"currency\":\"INR\","
                + "\"note\":\"a\\\"b\\u00e9\\ud83d\\ude00\\n\","
                + "\"lines\":[{\"sku\":\"A-1\",\"quantity\":2,\"unit_price\":\"6250.00\"},"
                + "{\"sku\":\"B\",\"quantity\":-3}],\"express\":true,\"gift\":false,\"ref\":null,"
                + "\"rate\":1.50e+2,\"empty\":{},\"none\":[]}")
    }

    @Test func `a part is minified alone`() throws {
        let document = try JSONDocument(utf8("[ 1, { \"a b\" : [ \"c \\\\\" , 2 ] } ]"))
        var output: [UInt8] = []
        document.appendMinified(document.elements(document.root)[1], to: &output)
        #expect(text(output) == "{\"a b\":[\"c \\\\\",2]}")
    }

    @Test(arguments: [
        "0", "-0", "1", "-1", "10", "1.5", "0.0", "1e5", "1E+5", "1e-05", "-12.34e56", "true",
        "false", "null", "\"\"", "\"a\"", "[]", "{}", " [ ] ", "\t{\r\n}\n", "[[],[{}]]",
        "\"\\u0000\"", "\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"", "\"\u{7F}\"", "\"\u{2028}\"", "{\"\":0}",
        "{\"a\":1,\"a\":2}", "\"\\uD834\\udd1e\"", "\"\\uFFFF\"",
    ])
    func `every kind of valid text is read`(_ sample: String) throws {
        _ = try JSONDocument(utf8(sample))
    }

    @Test(
        arguments: [
            ("", 0, .unexpectedEnd), (" ", 1, .unexpectedEnd), ("[", 1, .unexpectedEnd),
            ("[1", 2, .unexpectedEnd), ("[1,", 3, .unexpectedEnd), ("[1,]", 3, .unexpectedByte),
            ("[,1]", 1, .unexpectedByte), ("[1 2]", 3, .unexpectedByte),
            ("[1}", 2, .unexpectedByte),
            ("{\"a\"}", 4, .unexpectedByte), ("{\"a\":}", 5, .unexpectedByte),
            ("{a:1}", 1, .unexpectedByte), ("{\"a\":1,}", 7, .unexpectedByte),
            ("{\"a\":1]", 6, .unexpectedByte), ("{1:1}", 1, .unexpectedByte),
            ("'a'", 0, .unexpectedByte), ("1 2", 2, .trailingBytes), ("{}x", 2, .trailingBytes),
            ("01", 1, .badNumber), ("-01", 2, .badNumber), ("1.", 2, .unexpectedEnd),
            (".5", 0, .unexpectedByte), ("1.e5", 2, .badNumber), ("1e", 2, .unexpectedEnd),
            ("+1", 0, .unexpectedByte), ("-", 1, .unexpectedEnd), ("-a", 1, .badNumber),
            ("0x10", 1, .trailingBytes), ("NaN", 0, .unexpectedByte), ("nul", 3, .unexpectedEnd),
            ("nulL", 0, .badLiteral), ("True", 0, .unexpectedByte), ("\"a", 2, .unexpectedEnd),
            ("\"\\x\"", 1, .badEscape), ("\"\\u12\"", 6, .unexpectedEnd),
            ("\"\\u12g4\"", 1, .badEscape), ("\"\t\"", 1, .controlCharacter),
            ("\"\n\"", 1, .controlCharacter), ("/**/1", 0, .unexpectedByte),
            ("\u{FEFF}1", 0, .unexpectedByte),
        ] as [(String, Int, JSONError.Reason)])
    func `what is not JSON is refused where it goes wrong`(
        _ sample: String, _ offset: Int, _ reason: JSONError.Reason
    ) {
        #expect(throws: JSONError(offset: offset, reason: reason)) {
            try JSONDocument(utf8(sample))
        }
    }

    @Test func `every beginning of a text is refused`() {
        let bytes = utf8(Self.order)
        let whole = bytes.lastIndex(of: UInt8(ascii: "}")) ?? 0
        for end in 0...whole {
            #expect(throws: JSONError.self) { try JSONDocument(Array(bytes[..<end])) }
        }
    }

    @Test(
        arguments: [
            ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("-0", 0),
            ("42", 42),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("1.0", nil), ("1e2", nil),
        ] as [(String, Int?)])
    func `an integer is one that fits`(_ sample: String, _ expected: Int?) throws {
        let document = try JSONDocument(utf8(sample))
        #expect(document.integer(document.root) == expected)
    }

    @Test(
        arguments: [
            ("{\"a\":1,\"b\":2,\"a\":3,\"b\":4}", "a"), ("{\"a\":1,\"\\u0061\":2}", "a"),
            ("{\"a\":{\"b\":1},\"b\":1}", nil), ("{\"\u{E9}\":1,\"e\u{301}\":2}", nil),
            ("[1,1]", nil),
        ] as [(String, String?)])
    func `a repeated member is named`(_ sample: String, _ expected: String?) throws {
        let document = try JSONDocument(utf8(sample))
        #expect(document.duplicateMember(of: document.root) == expected)
    }

    @Test(arguments: [2, 16, 17, 300])
    func `a repeated member is named in objects of any size`(_ count: Int) throws {
        let members = (0..<count).map { "\"member \($0)\":{\"x\":[1]}" }
        let different = try JSONDocument(utf8("{" + members.joined(separator: ",") + "}"))
        #expect(different.duplicateMember(of: different.root) == nil)
        let repeated = (members + members.suffix(1)).joined(separator: ",")
        let document = try JSONDocument(utf8("{" + repeated + "}"))
        #expect(document.duplicateMember(of: document.root) == "member \(count - 1)")
    }

    @Test func `a member is found by its name and not by one that looks the same`() throws {
        let document = try JSONDocument(utf8("{\"e\u{301}\":1,\"\\u00e9\":2}"))
        let found = document.member("\u{E9}", of: document.root)
        #expect(found.flatMap(document.integer) == 2)
    }

    @Test func `an escaped NUL is seen at any depth`() throws {
        for (sample, expected) in [
            ("[{\"a\":\"x\\u0000\"}]", true), ("{\"\\u0000\":1}", true), ("\"\\u0001\"", false),
            ("[\"\\\\u0000\"]", false), ("[\"\\u0000\",{\"a\":1}]", true),
        ] {
            let document = try JSONDocument(utf8(sample))
            #expect(document.containsNUL(document.root) == expected, "\(sample)")
        }
        let document = try JSONDocument(utf8("[\"\\u0000\",{\"a\":1}]"))
        #expect(!document.containsNUL(document.elements(document.root)[1]))
    }

    @Test func `the limit on depth is exact`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            utf8(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        }
        _ = try JSONDocument(nested(64))
        #expect(throws: JSONError(offset: 64, reason: .tooDeep)) { try JSONDocument(nested(65)) }
        _ = try JSONDocument(utf8("[[],[],[]]"), depthMax: 2)
    }
}
