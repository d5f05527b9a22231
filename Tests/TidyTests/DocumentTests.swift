// Documents: what they name exists, and what exists is named. The code map must not rot, and the
// table of settings in the README must hold each setting of the configuration once.

import Testing

/// The checks of markdown.
enum Documents {
    /// A name in backticks that ends like this is taken for a file of the repository.
    static let fileExtensions: Set<String> = [
        "swift", "h", "md", "sh", "js", "mjs", "ts", "css", "html", "sql", "py", "modulemap",
    ]

    /// Files that a document names and the repository does not have.
    ///
    /// A document may name a file by its whole path or by the end of it.
    static func missingFiles(in document: SourceFile, of repository: Repository) -> [Finding] {
        quoted(in: document).compactMap { name, line in
            let path = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
            let isPath = path.allSatisfy { $0.isLetter || $0.isNumber || "._-+/".contains($0) }
            let parts = path.split(separator: ".", omittingEmptySubsequences: false)
            guard isPath, !path.hasPrefix("/"), parts.count > 1,
                fileExtensions.contains(String(parts[parts.count - 1])), parts[0] != ""
            else { return nil }
            let exists =
                repository.paths.contains(path)
                || repository.paths.contains { $0.hasSuffix("/" + path) }
            return exists ? nil : document.finding(line, "no file '\(name)' here")
        }
    }

    /// The document, if it has not exactly one title.
    static func titles(in document: SourceFile) -> [Finding] {
        let titles = prose(of: document).filter { $0.text.hasPrefix("# ") }
        guard titles.count != 1 else { return [] }
        let line = titles.dropFirst().first?.line ?? 1
        return [document.finding(line, "one title ('# …') in a document, here \(titles.count)")]
    }

    /// Environment variables that the configuration names, in order and once each.
    static func settings(in configuration: SourceFile) -> [String] {
        var seen: Set<String> = []
        return configuration.tokens.filter { $0.kind == .literal }.map(\.text).filter { text in
            text.hasPrefix("HUB_") && text.count > 4
                && text.allSatisfy { $0 == "_" || $0.isNumber || ($0.isASCII && $0.isUppercase) }
                && seen.insert(text).inserted
        }
    }

    /// Settings that the tables of the README do not hold exactly once.
    static func settingsNotListedOnce(in repository: Repository) -> [Finding] {
        let rows = repository.file(at: "README.md")?.lines.filter { $0.hasPrefix("|") } ?? []
        let names = rows.flatMap { row in
            row.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
        }
        return repository.files("swift", under: "Sources/Hub/")
            .filter { $0.name == "Configuration.swift" }
            .flatMap { file in settings(in: file).map { (file, $0) } }
            .compactMap { file, setting in
                let count = names.filter { $0 == setting }.count
                guard count != 1 else { return nil }
                return file.finding(1, "\(setting) is \(count) times in the README's tables")
            }
    }

    /// Lines outside of fenced code.
    private static func prose(of document: SourceFile) -> [(text: Substring, line: Int)] {
        var isFenced = false
        return document.lines.enumerated().compactMap { index, text in
            if text.drop(while: \.isWhitespace).hasPrefix("```") {
                isFenced.toggle()
                return nil
            }
            return isFenced ? nil : (text, index + 1)
        }
    }

    private static func quoted(in document: SourceFile) -> [(name: String, line: Int)] {
        prose(of: document).flatMap { text, line in
            text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }
                .map { (String($0.element), line) }
        }
    }
}

@Suite struct `Documents rules` {
    @Test(arguments: Repository.checkout.files("md"))
    func `a document has one title and names only files that exist`(file: SourceFile) {
        #expect(Documents.titles(in: file) == [])
        #expect(Documents.missingFiles(in: file, of: .checkout) == [])
    }

    @Test func `each setting is in the README's tables once`() {
        #expect(Documents.settingsNotListedOnce(in: .checkout) == [])
    }

    @Test(arguments: ["Gone.swift", "Sources/Gone.swift", "./a/b.sh", "Domain/Decide.md"])
    func `a file that is not there is found`(name: String) {
        let document = SourceFile("README.md", "# A\n\nSee `a` and `\(name)`.\n")
        let findings = Documents.missingFiles(in: document, of: Repository(document))
        #expect(findings.map(\.line) == [3])
    }

    @Test(arguments: [
        "Sources/Domain/Decide.swift", "Decide.swift", "Domain/Decide.swift", "/docs/gone.html",
        "swift test", "panels/*.js", ".swift", "hub serve --file gone.md", "e.g. this",
    ])
    func `a file that is there is left alone, and so is what is no path`(name: String) {
        let document = SourceFile("README.md", "# A\n\n`\(name)`\n```\n`Gone.swift`\n```\n")
        let decide = SourceFile("Sources/Domain/Decide.swift", "// Decide.\n")
        #expect(Documents.missingFiles(in: document, of: Repository(document, decide)) == [])
    }

    @Test(arguments: ["", "## A\n", "# A\n\n# B\n", "```\n# A\n```\n"])
    func `a document without a title or with two is found`(text: String) {
        #expect(Documents.titles(in: SourceFile("a.md", text)).count == 1)
        #expect(Documents.titles(in: SourceFile("a.md", "# A\n\n```\n# b\n```\n## C\n")) == [])
    }

    @Test(arguments: [
        ("| `HUB_A` | a |\n", ["HUB_B"]), ("| `HUB_A` |\n| `HUB_B` |\n| HUB_A |\n", ["HUB_A"]),
        ("HUB_A and HUB_B\n| HUB_A_B |\n", ["HUB_A", "HUB_B"]), ("| HUB_A | HUB_B |\n", []),
    ])
    func `a setting that is missing or listed twice is found`(table: String, missing: [String]) {
        let configuration = SourceFile(
            "Sources/Hub/Configuration.swift", "let a = [\"HUB_A\", \"HUB_B\", \"hub\", \"HUB_A\"]")
        let repository = Repository(configuration, SourceFile("README.md", table))
        let messages = Documents.settingsNotListedOnce(in: repository).map(\.message)
        #expect(messages.count == missing.count)
        #expect(zip(messages, missing).allSatisfy { $0.hasPrefix($1 + " ") })
    }
}
