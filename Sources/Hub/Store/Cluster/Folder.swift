// Folders and small files, by the C library: what the cluster needs and no more.

import Glibc

/// Calls on the file system.
enum Folder {
    /// What the last failed call says.
    static func reason() -> String {
        guard let text = unsafe strerror(errno) else { return "error" }
        return unsafe String(cString: text)
    }

    /// Makes a folder, and those above it, unless they are there.
    static func make(_ path: String, mode: mode_t) throws(ClusterFailure) {
        if unsafe mkdir(path, mode) == 0 || errno == EEXIST { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try make(String(path[..<slash]), mode: 0o755)
            if unsafe mkdir(path, mode) == 0 || errno == EEXIST { return }
        }
        throw .folder(path: path, reason: reason())
    }

    /// The path without links and dots.
    static func realPath(_ path: String) throws(ClusterFailure) -> String {
        guard let real = unsafe realpath(path, nil) else {
            throw .folder(path: path, reason: reason())
        }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) {
        _ = unsafe unlink(path)
    }

    /// Whether something is there.
    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// A small file's text; nil when it can't be read.
    static func text(_ path: String, bytesMax: Int = 65_536) -> String? {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        defer { _ = close(number) }
        let size = lseek(number, 0, SEEK_END)
        _ = lseek(number, max(0, size - bytesMax), SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = unsafe Glibc.read(number, &bytes, bytesMax)
        return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Where a link leads; nil when there is none, or it is not ours to see.
    static func link(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: 4_096)
        let count = unsafe readlink(path, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The names in a folder; empty when it can't be read.
    static func names(_ path: String) -> [String] {
        guard let folder = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(folder) }
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Makes a folder that only one user may enter, or checks that it is one: in a shared place
    /// somebody else may have been faster.
    static func makePrivate(_ path: String, owner: UserAccount) throws(ClusterFailure) {
        if unsafe mkdir(path, 0o700) == 0 {
            guard unsafe chown(path, owner.userID, owner.groupID) == 0 else {
                throw .folder(path: path, reason: reason())
            }
            return
        }
        guard errno == EEXIST else { throw .folder(path: path, reason: reason()) }
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            throw .folder(path: path, reason: reason())
        }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == owner.userID,
            status.st_mode & 0o077 == 0
        else { throw .folder(path: path, reason: "is not a private folder of Postgres' user") }
    }
}

/// The user that the server runs as.
struct UserAccount: Equatable {
    let userID: uid_t
    let groupID: gid_t
    /// Whether commands have to change to it.
    let isOther: Bool

    /// The own user; `postgres` for root, as whom Postgres refuses to run.
    static func ofServer() throws(ClusterFailure) -> UserAccount {
        guard geteuid() == 0 else {
            return UserAccount(userID: geteuid(), groupID: getegid(), isOther: false)
        }
        guard let entry = unsafe getpwnam("postgres") else { throw .noUser }
        return unsafe UserAccount(
            userID: entry.pointee.pw_uid, groupID: entry.pointee.pw_gid, isOther: true)
    }

    /// What a command line starts with to run as this user, from a folder that it can enter.
    var prefix: [String] {
        let start = ["/usr/bin/env", "--chdir=/"]
        guard isOther else { return start }
        return start + [
            "setpriv", "--reuid=\(userID)", "--regid=\(groupID)", "--clear-groups", "--",
        ]
    }
}
