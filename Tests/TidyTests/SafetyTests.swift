// Safety: what the compiler allows and the project does not. Nothing may crash by `!`, and the
// compiler's proof of freedom from data races is set aside in the Reactor alone, twice at most.

import Testing

/// The checks of unsafe and crashing code.
enum Safety {
    static let uncheckedMax = 2
    static let uncheckedFolder = "Sources/Hub/Reactor/"

    /// `try!`, `as!`, forced unwraps and implicitly unwrapped optionals: every `!` that follows a
    /// name or a closing bracket without a space.
    static func crashes(in file: SourceFile) -> [Finding] {
        let tokens = file.tokens
        return tokens.indices.dropFirst().compactMap { index in
            guard tokens[index].is("!"), tokens[index].isGlued else { return nil }
            let next = index + 1 < tokens.count ? tokens[index + 1] : nil
            if let next, next.is("="), next.isGlued { return nil }
            let before = tokens[index - 1]
            switch before.kind {
            case .symbol where !before.is(")") && !before.is("]") && !before.is("?"): return nil
            case .literal, .symbol, .word: break
            }
            let what = before.is("try") || before.is("as") ? "\(before.text)!" : "forced unwrap"
            return file.finding(tokens[index].line, "\(what): handle the other case")
        }
    }

    /// Every `@unchecked` and `nonisolated(unsafe)`.
    static func unchecked(in file: SourceFile) -> [Finding] {
        let tokens = file.tokens
        return tokens.indices.compactMap { index in
            let following = tokens[index...].prefix(4)
            func starts(with texts: [String]) -> Bool {
                zip(following, texts).allSatisfy { $0.is($1) } && following.count >= texts.count
            }
            guard
                starts(with: ["@", "unchecked"])
                    || starts(with: ["nonisolated", "(", "unsafe", ")"])
            else { return nil }
            return file.finding(tokens[index].line, "let the compiler check it: a value or a Mutex")
        }
    }

    /// What goes beyond the few places that the Reactor may have.
    static func uncheckedBeyondBudget(in repository: Repository) -> [Finding] {
        let all = repository.files("swift").flatMap(unchecked)
        let inReactor = all.filter { $0.path.hasPrefix(uncheckedFolder) }
        let elsewhere = all.filter { !$0.path.hasPrefix(uncheckedFolder) }
        return elsewhere + inReactor.dropFirst(uncheckedMax)
    }
}

@Suite struct `Safety rules` {
    @Test(arguments: Repository.checkout.files("swift"))
    func `nothing crashes by an exclamation mark`(file: SourceFile) {
        #expect(Safety.crashes(in: file) == [])
    }

    @Test func `only the Reactor goes unchecked, and twice at most`() {
        #expect(Safety.uncheckedBeyondBudget(in: .checkout) == [])
    }

    @Test(arguments: [
        "try! f()", "a!.b", "f()!", "a[0]!", "a?.b!", "var a: Int!", "b as! C", "\"\\(a!)\"",
        "f(`class`!)",
    ])
    func `each way to crash is found`(code: String) {
        #expect(Safety.crashes(in: SourceFile("A.swift", code)).count == 1)
    }

    @Test(arguments: [
        "!a", "a != b", "a!=b", "(!a)", "\"a!\"", "// a!", "if !(a) {}", "/a!/", "`a!`",
    ])
    func `other exclamation marks are left alone`(code: String) {
        #expect(Safety.crashes(in: SourceFile("A.swift", code)) == [])
    }

    @Test(arguments: ["class A: @unchecked Sendable {}", "nonisolated(unsafe) var a = 1"])
    func `unchecked code is found outside the Reactor, and the third inside`(code: String) {
        let outside = Repository(SourceFile("Sources/Hub/Wire/A.swift", code))
        #expect(Safety.uncheckedBeyondBudget(in: outside).count == 1)
        let file = { count in
            SourceFile(
                "Sources/Hub/Reactor/A.swift", String(repeating: code + "\n", count: count))
        }
        #expect(Safety.uncheckedBeyondBudget(in: Repository(file(2))) == [])
        #expect(Safety.uncheckedBeyondBudget(in: Repository(file(3))).map(\.line) == [3])
    }
}
