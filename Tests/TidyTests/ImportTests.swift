// Imports: the arrows between targets, system modules included. SwiftPM holds those between the
// package's own targets; Glibc and Foundation it lets anyone import, so a table here says who may.
// The Domain is pure besides: it may not even name what the standard library offers of the world.

import Testing

/// Who may import what, and what the Domain may not name.
enum Imports {
    /// Modules by folder; the longest folder that holds a file decides.
    static let allowed: [(folder: String, modules: Set<String>)] = [
        ("Sources/Domain/", []),
        ("Sources/Hub/Wire/", ["CZlib"]),
        ("Sources/Hub/EventLog/", ["Wire", "Synchronization"]),
        ("Sources/Hub/Reactor/", ["CLinux", "Glibc", "Synchronization"]),
        ("Sources/Hub/TLS/", ["COpenSSL"]),
        (
            "Sources/Hub/Store/",
            [
                "Domain", "Wire", "Reactor", "EventLog", "CPostgres", "Glibc", "Synchronization",
            ]
        ),
        ("Sources/Hub/Links/", ["CCurl", "Reactor", "Wire"]),
        (
            "Sources/Hub/Processors/",
            [
                "Domain", "Wire", "TLS", "Reactor", "EventLog", "Store", "Glibc", "Synchronization",
            ]
        ),
        (
            "Sources/Hub/Gateway/",
            [
                "Domain", "Wire", "TLS", "Reactor", "EventLog", "Store", "Glibc", "Synchronization",
            ]
        ),
        ("Sources/Hub/Commands/", program.union(["Foundation"])),
        ("Sources/Hub/", program),
        ("loadtest/rl-bench/", ["Domain"]),
        (
            "loadtest/",
            ["Reactor", "Wire", "TLS", "Histogram", "Glibc", "Synchronization", "Foundation"]
        ),
    ]

    private static let program: Set<String> = [
        "Domain", "Wire", "TLS", "Reactor", "EventLog", "Store", "Links", "Processors", "Gateway",
        "LoadTest", "ArgumentParser", "Glibc", "Synchronization",
    ]

    /// Names of the world: clocks, chance, the terminal.
    static let worldly: Set<String> = [
        "Date", "Clock", "ContinuousClock", "SuspendingClock", "SystemRandomNumberGenerator",
        "print", "debugPrint", "dump", "readLine", "random", "randomElement", "shuffled", "shuffle",
    ]

    /// Imports that the file's folder may not have; tests may import all but XCTest.
    static func forbidden(in file: SourceFile) -> [Finding] {
        let entry = allowed.filter { file.path.hasPrefix($0.folder) }
            .max { $0.folder.count < $1.folder.count }
        return statements(in: file).compactMap { module, line in
            guard let entry else {
                return module == "XCTest" ? file.finding(line, "use Swift Testing") : nil
            }
            guard !entry.modules.contains(module) else { return nil }
            return file.finding(line, "\(entry.folder) may not import \(module)")
        }
    }

    /// Uses of the world in a file of the Domain.
    static func worldlyNames(in file: SourceFile) -> [Finding] {
        file.tokens.indices.compactMap { index in
            let token = file.tokens[index]
            guard token.kind == .word, worldly.contains(token.text) else { return nil }
            // `print` and its like are ordinary words unless they are called.
            let isType = token.text.first?.isUppercase == true
            let isCall = index + 1 < file.tokens.count && file.tokens[index + 1].is("(")
            guard isType || isCall else { return nil }
            return file.finding(
                token.line, "time, chance and output are arguments: '\(token.text)'")
        }
    }

    private static let kinds: Set<String> = [
        "struct", "class", "enum", "protocol", "func", "var", "let", "typealias",
    ]

    private static func statements(in file: SourceFile) -> [(module: String, line: Int)] {
        let tokens = file.tokens
        return tokens.indices.compactMap { index in
            guard tokens[index].is("import"), index == 0 || !tokens[index - 1].is(".") else {
                return nil
            }
            let words = tokens[(index + 1)...].prefix(2)
                .filter { $0.kind == .word && $0.line == tokens[index].line }
            guard let first = words.first else { return nil }
            let module = words.count == 2 && kinds.contains(first.text) ? words.last : first
            return module.map { ($0.text, $0.line) }
        }
    }
}

@Suite struct `Imports rules` {
    @Test(arguments: Repository.checkout.files("swift"))
    func `each folder imports only what it may`(file: SourceFile) {
        #expect(Imports.forbidden(in: file) == [])
    }

    @Test(arguments: Repository.checkout.files("swift", under: "Sources/Domain/"))
    func `the Domain knows no clock, no chance and no terminal`(file: SourceFile) {
        #expect(Imports.worldlyNames(in: file) == [])
    }

    @Test(arguments: [
        ("Sources/Domain/A.swift", "import Glibc"),
        ("Sources/Domain/CRM/A.swift", "import Wire"),
        ("Sources/Hub/Wire/A.swift", "package import Glibc"),
        ("Sources/Hub/Gateway/A.swift", "import struct Foundation.URL"),
        ("Sources/Hub/Gateway/A.swift", "@preconcurrency import CPostgres"),
        ("Sources/Hub/Main.swift", "import Foundation"),
        ("loadtest/A.swift", "import Gateway"),
        ("Tests/WireTests/A.swift", "import XCTest"),
    ])
    func `a forbidden import is found`(path: String, code: String) {
        #expect(Imports.forbidden(in: SourceFile(path, "// A.\n\(code)\n")).map(\.line) == [2])
    }

    @Test(arguments: [
        ("Sources/Hub/Store/A.swift", "package import Wire"),
        ("Sources/Hub/Commands/A.swift", "import Foundation"),
        ("Sources/Hub/Wire/A.swift", "// import Glibc"),
        ("Sources/Domain/A.swift", "let a: Command = .import"),
        ("Tests/WireTests/A.swift", "@testable import Wire"),
    ])
    func `an allowed import is left alone`(path: String, code: String) {
        #expect(Imports.forbidden(in: SourceFile(path, code)) == [])
    }

    @Test(arguments: [
        "print(a)", "Int.random(in: 0..<2)", "let a = Date()", "func f(_ a: some Clock) {}",
        "ContinuousClock.now", "a.shuffled()", "\"\\(Double.random(in: 0...1))\"",
    ])
    func `the world in the Domain is found`(code: String) {
        #expect(Imports.worldlyNames(in: SourceFile("Sources/Domain/A.swift", code)).count == 1)
    }

    @Test(arguments: ["let print = 1", "let deliveryDate = a", "// Date", "\"Date\""])
    func `words that only look like the world are left alone`(code: String) {
        #expect(Imports.worldlyNames(in: SourceFile("Sources/Domain/A.swift", code)) == [])
    }
}
