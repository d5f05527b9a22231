// Comments: each file says first what it is, and nothing is left for later.

import Testing

/// The checks of headers and of leftovers.
enum Comments {
    /// How a file of each kind opens; kinds that are not named here open as they like.
    static let openings: [String: [String]] = [
        "swift": ["// "], "h": ["// "], "js": ["// ", "/*"], "mjs": ["// ", "/*"],
        "ts": ["// ", "/*"], "css": ["/*"], "sql": ["-- "], "sh": ["# "], "py": ["# ", "\"\"\""],
    ]

    // Put together here, so that this file does not find itself.
    static let leftovers: Set<String> = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]

    /// The file, if it does not open with a comment (after its `#!` line).
    static func missingHeader(in file: SourceFile) -> [Finding] {
        guard let openings = openings[file.fileExtension] else { return [] }
        let first = file.lines.first { !$0.hasPrefix("#!") } ?? ""
        guard !openings.contains(where: first.hasPrefix) else { return [] }
        return [file.finding(1, "open with a comment: what this file is and how it works")]
    }

    /// Lines with a word that promises later work.
    static func leftovers(in file: SourceFile) -> [Finding] {
        file.lines.indices.flatMap { index -> [Finding] in
            // Byte by byte first: few lines hold these capitals, and splitting is slow.
            guard mayHoldLeftover(file.lines[index]) else { return [] }
            return file.lines[index].split { !$0.isLetter && !$0.isNumber && $0 != "_" }
                .filter { leftovers.contains(String($0)) }
                .map { file.finding(index + 1, "'\($0)': do it, or leave it out") }
        }
    }

    private static func mayHoldLeftover(_ line: Substring) -> Bool {
        var capitals = 0
        for byte in line.utf8 {
            capitals = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? capitals + 1 : 0
            if capitals == 3 { return true }
        }
        return false
    }
}

@Suite struct `Comments rules` {
    @Test(arguments: Repository.checkout.files)
    func `each file opens with what it is, and leaves nothing for later`(file: SourceFile) {
        #expect(Comments.missingHeader(in: file) == [])
        #expect(Comments.leftovers(in: file) == [])
    }

    @Test(arguments: [
        ("A.swift", "import A\n"), ("A.swift", "/// Documentation.\nstruct A {}\n"),
        ("A.swift", ""), ("a.sh", "#!/bin/bash\nset -e\n"), ("a.sql", "SELECT 1;\n"),
        ("a.css", "a {}\n"), ("a.js", "let a\n"),
    ])
    func `a file that does not say what it is is found`(path: String, text: String) {
        #expect(Comments.missingHeader(in: SourceFile(path, text)).count == 1)
    }

    @Test(arguments: [
        ("A.swift", "// A.\n"), ("a.sh", "#!/bin/bash\n# A.\n"), ("a.sql", "-- A.\n"),
        ("a.css", "/* A. */\n"), ("a.json", "{}\n"),
    ])
    func `a file that says what it is is left alone`(path: String, text: String) {
        #expect(Comments.missingHeader(in: SourceFile(path, text)) == [])
    }

    @Test(arguments: Comments.leftovers)
    func `a leftover is found in any kind of file`(word: String) {
        for path in ["A.swift", "a.md", "a.js", "Makefile"] {
            let file = SourceFile(path, "a\nb // \(word): c\n\(word)S \(word)_a x\(word)\n")
            #expect(Comments.leftovers(in: file).map(\.line) == [2])
        }
    }
}
