// The files of the dashboard: where they are, what they are, and what is not one.

import Testing
import Wire

@testable import Gateway

@Suite struct `Files of the dashboard` {
    private let files = StaticFiles(files: [
        "/index.html": StaticFiles.File(
            contentType: "text/html; charset=utf-8", etag: "\"a\"", bytes: [1]),
        "/app.css": StaticFiles.File(contentType: "text/css", etag: "\"b\"", bytes: [2]),
    ])

    @Test func `the root is the page, and a file is at its own path alone`() {
        #expect(files.file(at: "/")?.bytes == [1])
        #expect(files.file(at: "/index.html")?.bytes == [1])
        #expect(files.file(at: "/app.css")?.bytes == [2])
        for path in ["", "/app", "/APP.CSS", "/app.css/", "//app.css", "/./app.css"] {
            #expect(files.file(at: path) == nil)
        }
    }

    @Test(arguments: [
        ("/index.html", "text/html; charset=utf-8"), ("/a.css", "text/css; charset=utf-8"),
        ("/a.js", "text/javascript; charset=utf-8"), ("/a.mjs", "text/javascript; charset=utf-8"),
        ("/a.svg", "image/svg+xml"), ("/a.png", "image/png"), ("/favicon.ico", "image/x-icon"),
        ("/a.json", "application/json"), ("/a.d.ts", "text/plain; charset=utf-8"),
        ("/a.webmanifest", "application/manifest+json"),
    ])
    func `a file's type follows its name`(path: String, type: String) {
        #expect(StaticFiles.contentType(of: path) == type)
        #expect(StaticFiles.isServed(path))
    }

    @Test(arguments: [
        "/a", "/a.", "/a.exe", "/a.swift", "/a.HTML", "/secret", "/a.html.bak", "/../a.html",
        "/a/../../b.css", "",
    ])
    func `nothing else is served`(path: String) {
        #expect(!StaticFiles.isServed(path))
    }
}
