// Cuts Swift text into tokens, just well enough to judge style: words, symbols of one character,
// and literals. Comments vanish; the text of string literals is kept apart from code, and the
// code inside an interpolation is scanned as code. One pass over bytes, since tests run in debug.

/// A word, a symbol or a literal of Swift, and where it stands.
struct SwiftToken: Sendable {
    enum Kind: Sendable { case word, symbol, literal }

    let kind: Kind
    /// A literal's text comes without its delimiters and interpolations.
    let text: String
    /// The first line is 1.
    let line: Int
    /// Nothing stands between this token and the one before.
    let isGlued: Bool

    /// Whether this is that word or symbol; a literal never is.
    func `is`(_ text: String) -> Bool { kind != .literal && self.text == text }
}

/// The scanner; a value of it lives for one file.
struct SwiftScanner {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var isGlued = false
    private var tokens: [SwiftToken] = []

    /// All tokens of a file; text that is not Swift gives tokens too, never a failure.
    static func tokens(of text: String) -> [SwiftToken] {
        var scanner = SwiftScanner(bytes: Array(text.utf8))
        scanner.scanCode(untilParenthesis: false)
        return scanner.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private func byte(_ offset: Int = 0) -> UInt8 {
        position + offset < bytes.count ? bytes[position + offset] : 0
    }

    private func isNext(_ text: String) -> Bool {
        text.utf8.enumerated().allSatisfy { byte($0.offset) == $0.element }
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where position < bytes.count {
            if bytes[position] == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
    }

    private mutating func append(_ kind: SwiftToken.Kind, from start: Int, to end: Int, line: Int) {
        let text = String(decoding: bytes[start..<end], as: UTF8.self)
        tokens.append(SwiftToken(kind: kind, text: text, line: line, isGlued: isGlued))
        isGlued = true
    }

    /// Scans to the end of the file, or over the parenthesis that ends an interpolation.
    private mutating func scanCode(untilParenthesis: Bool) {
        var depth = 0
        while position < bytes.count {
            switch byte() {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
                isGlued = false
                advance()
            case UInt8(ascii: "/") where isNext("//"): skipLineComment()
            case UInt8(ascii: "/") where isNext("/*"): skipBlockComment()
            case UInt8(ascii: "/") where startsRegex(): scanRegex()
            case UInt8(ascii: "\""),
                UInt8(ascii: "#") where startsString():
                scanString()
            case UInt8(ascii: "`"): scanQuotedName()
            case let byte where Self.isWord(byte): scanWord()
            case let byte:
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") { depth -= 1 }
                if untilParenthesis && depth < 0 { return advance() }
                append(.symbol, from: position, to: position + 1, line: line)
                advance()
            }
        }
    }

    private mutating func skipLineComment() {
        isGlued = false
        while position < bytes.count && byte() != UInt8(ascii: "\n") { position += 1 }
    }

    private mutating func skipBlockComment() {
        isGlued = false
        var depth = 0
        repeat {
            if isNext("/*") { depth += 1 }
            if isNext("*/") { depth -= 1 }
            advance(isNext("/*") || isNext("*/") ? 2 : 1)
        } while depth > 0 && position < bytes.count
    }

    private mutating func scanWord() {
        let start = position
        while Self.isWord(byte()) { position += 1 }
        append(.word, from: start, to: position, line: line)
    }

    /// A name in backticks may be a whole sentence; it counts as a literal, so no rule reads it.
    private mutating func scanQuotedName() {
        let start = position + 1
        repeat { advance() } while position < bytes.count && byte() != UInt8(ascii: "`")
        append(.literal, from: start, to: position, line: line)
        advance()
    }

    private func startsString() -> Bool {
        var offset = 0
        while byte(offset) == UInt8(ascii: "#") { offset += 1 }
        return byte(offset) == UInt8(ascii: "\"")
    }

    private mutating func scanString() {
        let startLine = line
        var hashes = 0
        while byte() == UInt8(ascii: "#") {
            hashes += 1
            advance()
        }
        let quotes = isNext("\"\"\"") ? 3 : 1
        advance(quotes)
        let index = tokens.count
        let wasGlued = isGlued
        var text: [UInt8] = []
        while position < bytes.count && !closesString(quotes: quotes, hashes: hashes) {
            let isEscape = byte() == UInt8(ascii: "\\") && hasHashes(hashes, at: 1)
            if isEscape && byte(1 + hashes) == UInt8(ascii: "(") {
                advance(2 + hashes)
                scanCode(untilParenthesis: true)
            } else {
                let count = isEscape ? 2 + hashes : 1
                text += bytes[position..<min(position + count, bytes.count)]
                advance(count)
            }
        }
        advance(quotes + hashes)
        let literal = String(decoding: text, as: UTF8.self)
        tokens.insert(
            SwiftToken(kind: .literal, text: literal, line: startLine, isGlued: wasGlued),
            at: index)
        isGlued = true
    }

    private func hasHashes(_ count: Int, at offset: Int) -> Bool {
        (0..<count).allSatisfy { byte(offset + $0) == UInt8(ascii: "#") }
    }

    private func closesString(quotes: Int, hashes: Int) -> Bool {
        (0..<quotes).allSatisfy { byte($0) == UInt8(ascii: "\"") } && hasHashes(hashes, at: quotes)
    }

    /// A slash after an opening symbol that is closed on its line starts a regular expression.
    private func startsRegex() -> Bool {
        guard byte(1) != UInt8(ascii: " "), byte(1) != UInt8(ascii: ")") else { return false }
        if let last = tokens.last {
            guard last.kind == .symbol, "(,=:[{;&|#".contains(last.text) else { return false }
        }
        return regexLength() != nil
    }

    private func regexLength() -> Int? {
        var offset = 1
        while byte(offset) != 0 && byte(offset) != UInt8(ascii: "\n") {
            if byte(offset) == UInt8(ascii: "/") { return offset + 1 }
            offset += byte(offset) == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    private mutating func scanRegex() {
        let end = position + (regexLength() ?? 1)
        append(.literal, from: position + 1, to: end - 1, line: line)
        position = end
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }
}
