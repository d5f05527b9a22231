// The checkpoints outside of Postgres: a file of notes, one behind another, each ended by an empty
// line. Whoever can change the database can't, with it, make the file forget. A note that was cut
// off by a crash was promised to nobody, and is cut away before the next is written.

import Glibc
package import Reactor

/// The file, for the one thread that uses it.
package struct CheckpointFile {
    private let path: String

    /// The file at a path; it is made when it is first written to.
    package init(path: String) {
        self.path = path
    }

    /// The notes, and whether what is behind the last one is a part of one; nil if there is no
    /// file, or none that can be read.
    package func read() -> (notes: [String], isTorn: Bool)? {
        guard let bytes = contents() else { return nil }
        let (notes, end) = CheckpointFile.notes(bytes)
        return (notes, end < bytes.count)
    }

    /// Adds notes, and returns when the disk has them.
    package func append(_ notes: [String]) throws(Errno) {
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND
        let descriptor = Int32(try CheckpointFile.check(unsafe Int(open(path, flags, 0o600))))
        defer { close(descriptor) }
        let bytes = contents() ?? []
        let (_, end) = CheckpointFile.notes(bytes)
        if end < bytes.count {
            _ = try CheckpointFile.check(Int(ftruncate(descriptor, off_t(end))))
        }
        let text = Array(notes.map { $0 + "\n" }.joined().utf8)
        var start = 0
        while start < text.count {
            let count = unsafe text[start...].withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            start += try CheckpointFile.check(count)
        }
        _ = try CheckpointFile.check(Int(fsync(descriptor)))
        if bytes.isEmpty { CheckpointFile.syncFolder(of: path) }
    }

    /// The notes of a file and where the last whole one ends.
    ///
    /// A note ends with its signature; its body has an empty line behind it, too.
    static func notes(_ bytes: [UInt8]) -> (notes: [String], end: Int) {
        var notes: [String] = []
        var start = 0
        var line = 0
        var lineCount = 0
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") {
            if line == index, lineCount >= 7 {
                notes.append(String(decoding: bytes[start..<index], as: UTF8.self))
                start = index + 1
                lineCount = 0
            } else {
                lineCount += 1
            }
            line = index + 1
        }
        return (notes, start)
    }

    private func contents() -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { return nil }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    private static func check(_ result: Int) throws(Errno) -> Int {
        guard result >= 0 else { throw Errno(code: errno) }
        return result
    }

    /// A new file is there after a crash when its folder says so.
    private static func syncFolder(of path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let folder = parts.joined(separator: "/")
        let descriptor = unsafe open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = fsync(descriptor)
        close(descriptor)
    }
}
