// The pages: all that the browser loads comes from the hub itself, so the dashboard works without
// the Internet and its content policy can stay closed. A link that a person may follow is no load.

import Testing

/// The check of what the pages load.
enum Web {
    /// Lines that load something from another origin.
    static func foreignLoads(in file: SourceFile) -> [Finding] {
        file.lines.indices.compactMap { index in
            let line = file.lines[index]
            guard line.contains("//") else { return nil }
            let isFound = loads.contains { line.firstMatch(of: $0.regex) != nil }
            return isFound ? file.finding(index + 1, "load it from the hub itself") : nil
        }
    }

    /// A pattern; regular expressions are not Sendable, so each is made where it is used.
    private struct Load: Sendable {
        let make: @Sendable () -> Regex<Substring>
        // By Unicode's rules `image.src` would be one word.
        var regex: Regex<Substring> { make().wordBoundaryKind(.simple) }
    }

    private static let loads: [Load] = [
        Load {
            /(?i)\b(?:src|srcset|poster|data|action|formaction)\s*=\s*["'{`]?\s*(?:https?:)?\/\//
        },
        Load { /(?i)<link\b[^>]*\bhref\s*=\s*["']?\s*(?:https?:)?\/\// },
        Load { /(?i)<(?:image|use)\b[^>]*\bhref\s*=\s*["']?\s*(?:https?:)?\/\// },
        Load { /(?i)\burl\(\s*["']?\s*(?:https?:)?\/\// },
        Load { /(?:\bimport\b|\bfrom\b)\s*\(?\s*["'`](?:https?:)?\/\// },
        Load { /@import\s+["'](?:https?:)?\/\// },
        Load {
            /\b(?:fetch|EventSource|WebSocket|Worker|importScripts|open)\(\s*["'`](?:\w+:)?\/\//
        },
    ]
}

@Suite struct `Web rules` {
    @Test(
        arguments: Repository.checkout.files(
            "html", "css", "js", "mjs", "ts", "svg", "json", under: "web/"))
    func `the pages load nothing from another origin`(file: SourceFile) {
        #expect(Web.foreignLoads(in: file) == [])
    }

    @Test(arguments: [
        "<script src=\"https://cdn.example/a.js\">", "<img src=//cdn.example/a.png>",
        "<link rel=stylesheet href='http://cdn.example/a.css'>",
        "a { b: url(https://c.example/d) }",
        "@import \"https://cdn.example/a.css\";", "@import url('//cdn.example/a.css');",
        "import a from \"https://cdn.example/a.js\";", "await import('https://cdn.example/a.js')",
        "fetch(`https://api.example/a`)", "new WebSocket(\"wss://api.example\")",
        "image.src = \"https://cdn.example/a.png\"", "export * from 'https://cdn.example/a.js'",
    ])
    func `a load from another origin is found`(line: String) {
        #expect(Web.foreignLoads(in: SourceFile("web/a", "a\n\(line)\n")).map(\.line) == [2])
    }

    @Test(arguments: [
        "<a href=\"https://www.rfc-editor.org/rfc/rfc9457\">", "// see https://example.com",
        "<svg xmlns=\"http://www.w3.org/2000/svg\">", "<script src=\"/app.js\">", "url(\"a.svg\")",
        "import { a } from \"./a.js\"; // https://example.com", "fetch(\"/crm/leads\")",
    ])
    func `a link and the hub's own files are left alone`(line: String) {
        #expect(Web.foreignLoads(in: SourceFile("web/a", line)) == [])
    }
}
