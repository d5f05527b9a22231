// Whole files, read and written at the start: the dashboard and the token secret.

import Gateway
import Glibc
import TLS
import Wire

/// Small files.
enum Files {
    /// The bytes of a file; nil when it can't be read.
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0 { return nil }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
        }
    }

    /// Makes a file that only its owner can read; false when it exists or can't be made.
    static func create(_ path: String, _ bytes: [UInt8]) -> Bool {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        return unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count
            && fsync(descriptor) == 0
    }

    /// Puts new bytes in the place of others, all at once, in a file that only its owner can read.
    ///
    /// False when the file holds others by now; nil when it can't be written. Whoever else does the
    /// same at that moment waits.
    static func replace(_ path: String, _ old: [UInt8], with new: [UInt8]) -> Bool? {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        let lock = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { return nil }
        defer { Glibc.close(lock) }
        guard flock(lock, LOCK_EX) == 0 else { return nil }
        guard read(path) == old else { return false }
        let fresh = path + ".new"
        // What an interrupted change left.
        _ = unsafe unlink(fresh)
        guard create(fresh, new), unsafe rename(fresh, path) == 0 else { return nil }
        _ = fsync(lock)
        return true
    }

    /// The names of all files below a folder, as paths that begin with a slash.
    static func list(_ folder: String, below prefix: String = "") -> [String] {
        guard let directory = unsafe opendir(folder + prefix) else { return [] }
        defer { unsafe closedir(directory) }
        var paths: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !name.hasPrefix(".") else { continue }
            let path = prefix + "/" + name
            if unsafe entry.pointee.d_type == UInt8(DT_DIR) {
                paths += list(folder, below: path)
            } else {
                paths.append(path)
            }
        }
        return paths
    }

    /// The folder of the running program.
    static var programFolder: String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes -> Int in
            guard let place = bytes.baseAddress else { return 0 }
            return unsafe readlink(
                "/proc/self/exe", place.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        let path = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        return path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    }
}

/// Finds and reads the dashboard's files.
enum Dashboard {
    /// The files of a folder; those of the first usual place when none is named.
    static func load(_ folder: String?) throws -> StaticFiles {
        let program = Files.programFolder
        let candidates =
            folder.map { [$0] }
            ?? [
                "web", program + "/web", program + "/../share/unified-core/web",
                program + "/../../../web",
            ]
        guard let found = candidates.first(where: { Files.read($0 + "/index.html") != nil }) else {
            throw Failure(
                exitCode: 78,
                "HUB_WEB_DIR: no index.html in \(candidates.joined(separator: ", "))")
        }
        var files: [String: StaticFiles.File] = [:]
        for path in Files.list(found) where !path.hasSuffix(".test.mjs") {
            guard let type = StaticFiles.contentType(of: path),
                let bytes = Files.read(found + path)
            else { continue }
            let digest = Base64.encodeURL(Array(Digest.sha256(bytes).prefix(12)))
            files[path] = StaticFiles.File(
                contentType: type, etag: "\"\(digest)\"", bytes: bytes)
        }
        return StaticFiles(files: files)
    }
}
