// Sizes: what a reader can hold in the head. Functions of at most 70 lines, files of at most 600,
// lines of at most 100 columns.

import Testing

/// The limits, and the checks that hold them.
enum Size {
    static let functionLinesMax = 70
    static let fileLinesMax = 600
    static let lineColumnsMax = 100

    /// Functions, initializers and subscripts that are too long, from keyword to closing brace.
    static func longFunctions(in file: SourceFile) -> [Finding] {
        file.tokens.indices.compactMap { index in
            guard isFunction(at: index, in: file.tokens),
                let end = bodyEnd(from: index, in: file.tokens)
            else { return nil }
            let lines = end - file.tokens[index].line + 1
            guard lines > functionLinesMax else { return nil }
            let following = file.tokens.dropFirst(index + 1).first?.text ?? ""
            let name = file.tokens[index].text == "func" ? following : file.tokens[index].text
            return file.finding(
                file.tokens[index].line,
                "'\(name)' has \(lines) lines; split it to have at most \(functionLinesMax)")
        }
    }

    /// The file itself, if it is too long.
    static func longFile(_ file: SourceFile) -> [Finding] {
        guard file.lines.count > fileLinesMax else { return [] }
        return [file.finding(file.lines.count, "at most \(fileLinesMax) lines in a file")]
    }

    /// Lines that are too wide.
    static func wideLines(in file: SourceFile) -> [Finding] {
        file.lines.indices.compactMap { index in
            // A character has at least one byte, so only long lines are worth the count.
            guard file.lines[index].utf8.count > lineColumnsMax,
                file.lines[index].count > lineColumnsMax
            else { return nil }
            return file.finding(index + 1, "at most \(lineColumnsMax) columns in a line")
        }
    }

    private static func isFunction(at index: Int, in tokens: [SwiftToken]) -> Bool {
        let token = tokens[index]
        guard token.kind == .word, index + 1 < tokens.count else { return false }
        if index > 0 && tokens[index - 1].is(".") { return false }
        let next = tokens[index + 1]
        switch token.text {
        case "func": return true
        case "init": return ["(", "?", "!", "<"].contains { next.is($0) }
        case "subscript": return next.is("(") || next.is("<")
        case "deinit": return next.is("{")
        default: return false
        }
    }

    /// The last line of the body; nil for a requirement of a protocol, which has none.
    private static func bodyEnd(from start: Int, in tokens: [SwiftToken]) -> Int? {
        var parentheses = 0
        var braces = 0
        for index in tokens.indices.dropFirst(start + 1) {
            let token = tokens[index]
            if token.kind == .literal { continue }
            switch token.text {
            case "(", "[": parentheses += 1
            case ")", "]": parentheses -= 1
            case "{" where parentheses == 0 || braces > 0: braces += 1
            case "}" where parentheses == 0 || braces > 0:
                braces -= 1
                if braces <= 0 { return braces == 0 ? token.line : nil }
            default:
                let isFirstOnLine = token.line > tokens[index - 1].line
                if braces == 0 && parentheses == 0 && isFirstOnLine
                    && declarationStarts.contains(token.text)
                {
                    return nil
                }
            }
        }
        return nil
    }

    private static let declarationStarts: Set<String> = [
        "func", "var", "let", "init", "subscript", "case", "associatedtype", "typealias", "static",
        "mutating", "struct", "enum", "class", "final", "protocol", "extension", "package",
        "public", "private", "fileprivate", "internal", "@", "#",
    ]
}

@Suite struct `Sizes` {
    @Test(arguments: Repository.checkout.files("swift"))
    func `functions, files and lines are short`(file: SourceFile) {
        #expect(Size.longFunctions(in: file) == [])
        #expect(Size.longFile(file) == [])
        #expect(Size.wideLines(in: file) == [])
    }

    @Test(arguments: Repository.checkout.files("js", "mjs", "ts", "css", "h", "sh", "py"))
    func `files in other languages are short`(file: SourceFile) {
        #expect(Size.longFile(file) == [])
    }

    @Test(arguments: [
        "func a() -> Int {", "init?(a: Int = f({ 1 })) {", "subscript(a: Int) -> Int {",
    ])
    func `a function of 71 lines is found, one of 70 is not`(head: String) {
        let lines = String(repeating: "    x = \"}\" // }\n", count: 69)
        let long = SourceFile("A.swift", "struct A {\n\(head)\n\(lines)}\n}\n")
        let short = SourceFile("A.swift", "struct A {\n\(head)\n\(lines.dropFirst(17))}\n}\n")
        #expect(Size.longFunctions(in: long).map(\.line) == [2])
        #expect(Size.longFunctions(in: short) == [])
    }

    @Test func `a requirement of a protocol has no body`() {
        let gap = String(repeating: "\n", count: 80)
        let file = SourceFile(
            "A.swift", "protocol A {\n func a()\n\(gap)\n var b: Int { get }\n}\n")
        #expect(Size.longFunctions(in: file) == [])
    }

    @Test func `a file of 601 lines is found, one of 600 is not`() {
        #expect(Size.longFile(SourceFile("A.swift", String(repeating: "a\n", count: 601))) != [])
        #expect(Size.longFile(SourceFile("A.swift", String(repeating: "a\n", count: 600))) == [])
    }

    @Test func `a line of 101 columns is found, one of 100 characters is not`() {
        let wide = String(repeating: "a", count: 101)
        let accented = String(repeating: "é", count: 100)
        let file = SourceFile("A.swift", "a\n\(wide)\n\(accented)\n")
        #expect(Size.wideLines(in: file).map(\.line) == [2])
    }
}
