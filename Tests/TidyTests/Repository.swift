// The repository as the style checks see it: every file's path, and the text of those that people
// write. The root is found from the place of this file, so the checks need no working directory
// and no git. Hidden folders (`.build`, `.git`) are left out, except the gate in `.ci`.

import Foundation

/// The files of a checkout, or of a sample made by a test.
struct Repository: Sendable {
    /// This checkout, read once for all checks.
    static let checkout = Repository(at: root)

    /// Paths of all files, relative to the root.
    let paths: Set<String>
    /// The files that hold text, by path.
    let files: [SourceFile]

    /// A repository that consists of the files given.
    init(_ files: SourceFile...) {
        self.files = files
        paths = Set(files.map(\.path))
    }

    /// Files whose name ends in one of the extensions, under any of the folders or anywhere.
    func files(_ extensions: String..., under folder: String = "") -> [SourceFile] {
        files.filter { extensions.contains($0.fileExtension) && $0.path.hasPrefix(folder) }
    }

    /// The file at exactly this path.
    func file(at path: String) -> SourceFile? { files.first { $0.path == path } }

    private static var root: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    private static let textExtensions: Set<String> = [
        "swift", "h", "modulemap", "md", "sh", "js", "mjs", "ts", "css", "html", "svg", "sql", "py",
        "json", "yml", "yaml", "conf", "service",
    ]

    private init(at root: URL) {
        let paths = Self.paths(in: root, prefix: "")
        self.paths = Set(paths)
        files = paths.sorted().compactMap { path in
            let file = path.split(separator: "/").last.map(String.init) ?? path
            let parts = file.split(separator: ".", omittingEmptySubsequences: false)
            let isText = parts.count > 1 && Self.textExtensions.contains(String(parts.last ?? ""))
            guard isText || file == "Makefile" || path == ".ci/run",
                let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8)
            else { return nil }
            return SourceFile(path, text)
        }
    }

    private static func paths(in folder: URL, prefix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.flatMap { name -> [String] in
            if name.hasPrefix(".") && name != ".ci" { return [] }
            if name == "node_modules" || name == "__pycache__" { return [] }
            let item = folder.appending(path: name)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: item.path, isDirectory: &isFolder) else {
                return []
            }
            let path = prefix + name
            return isFolder.boolValue ? paths(in: item, prefix: path + "/") : [path]
        }
    }
}
