// The checkout is really read: checks over an empty list of files would pass in silence.

import Testing

@Suite struct `The checkout` {
    @Test(arguments: [
        "Package.swift", "Makefile", ".ci/run", "Sources/Hub/Main.swift",
        "Tests/TidyTests/CheckoutTests.swift",
    ])
    func `is found from the place of the tests, and its text is read`(path: String) {
        #expect(Repository.checkout.paths.contains(path))
        #expect(Repository.checkout.file(at: path)?.lines.isEmpty == false)
    }

    @Test func `leaves out what was built and what git keeps`() {
        #expect(!Repository.checkout.paths.contains { $0.hasPrefix(".build") })
        #expect(!Repository.checkout.paths.contains { $0.hasPrefix(".git/") })
    }
}

@Suite struct `Tokens of Swift` {
    @Test(arguments: [
        ("let a = 1", ["let", "a", "=", "1"]),
        ("a /* b /* c */ d */ e // f\ng", ["a", "e", "g"]),
        (#""a\"b" c"#, [#"a\"b"#, "c"]),
        (#""a \(b("c")) d" e"#, ["a  d", "b", "(", "c", ")", "e"]),
        ("\"\"\"\n a \"b\" c\n\"\"\" d", ["\n a \"b\" c\n", "d"]),
        (##"#"a" \(b) \#(c)"# d"##, [#"a" \(b) "#, "c", "d"]),
        ("func `a short read`()", ["func", "a short read", "(", ")"]),
        ("a(/b\"/, c / d)", ["a", "(", "b\"", ",", "c", "/", "d", ")"]),
    ])
    func `are words, symbols and literals, without comments`(code: String, texts: [String]) {
        #expect(SwiftScanner.tokens(of: code).map(\.text) == texts)
    }

    @Test(arguments: ["\"", "\"\\(", "/*", "`", "#\"", "\"\"\"", "a /", "\"\\"])
    func `end with the text even where it is cut`(code: String) {
        #expect(SwiftScanner.tokens(of: code).count <= 2)
    }

    @Test func `know their line`() {
        let lines = SwiftScanner.tokens(of: "a\n\"\"\"\n\n\"\"\"\n/*\n*/ b").map(\.line)
        #expect(lines == [1, 2, 6])
    }
}
