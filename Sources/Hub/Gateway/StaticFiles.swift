// The dashboard's files: read once at the start, kept in memory with their entity tags.

import Wire

/// Files under `/`.
package struct StaticFiles: Sendable {
    /// One file as it is served.
    package struct File: Sendable {
        package let contentType: String
        package let etag: String
        package let bytes: [UInt8]

        package init(contentType: String, etag: String, bytes: [UInt8]) {
            self.contentType = contentType
            self.etag = etag
            self.bytes = bytes
        }
    }

    /// By path, `/index.html` among them.
    package let files: [String: File]

    package init(files: [String: File]) {
        self.files = files
    }

    /// The media type of a file's name; nil for what is not served.
    package static func contentType(of name: String) -> String? {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "ico": "image/x-icon"
        case "json": "application/json"
        case "ts": "text/plain; charset=utf-8"
        case "webmanifest": "application/manifest+json"
        default: nil
        }
    }

    /// Whether a path can be a file's: the root, or a name with a known ending.
    static func isServed(_ path: String) -> Bool {
        path == "/" || (contentType(of: path) != nil && !path.contains(".."))
    }

    /// The file at a path.
    func file(at path: String) -> File? {
        files[path == "/" ? "/index.html" : path]
    }
}
