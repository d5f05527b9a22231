// The data folder of a private cluster, and who may enter it. Postgres refuses to run as root, so
// root runs it as the user `postgres`, who then must be able to reach the folder.
//
//     <data folder>/lock          held shared by every hub on the folder
//     <data folder>/start-lock    held while one of them starts the server
//     <data folder>/postgres      the cluster; postgres.new while it is made
//     <data folder>/postgres.log  what the server says
//     /tmp/hub-<hash>             the socket: paths of sockets must be short

import Glibc
import Reactor

/// The places of one private cluster.
struct ClusterFolder {
    let path: String
    /// The user that runs the server, when that is not us.
    let serverUser: (uid: uid_t, gid: gid_t)?

    var data: String { path + "/postgres" }
    var newData: String { path + "/postgres.new" }
    var log: String { path + "/postgres.log" }
    let socketFolder: String

    /// Makes the folder and checks that the server's user can reach it.
    init(_ requested: String) throws(ClusterFailure) {
        _ = ClusterFolder.makeFolders(requested)
        guard let resolved = unsafe realpath(requested, nil) else {
            throw .folder("--data-dir: \(requested) can't be made: \(ClusterFolder.error)")
        }
        path = unsafe String(cString: resolved)
        unsafe free(resolved)
        if geteuid() == 0 {
            guard let entry = unsafe getpwnam("postgres") else {
                throw .binaries("there is no user postgres, as whom root runs Postgres")
            }
            serverUser = unsafe (entry.pointee.pw_uid, entry.pointee.pw_gid)
        } else {
            serverUser = nil
        }
        socketFolder = "/tmp/hub-" + ClusterFolder.hash(path)
        try checkReach()
        try makeSocketFolder()
    }

    /// A command as the server's user runs it.
    func asServer(_ words: [String]) -> [String] {
        guard serverUser != nil else { return words }
        return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"] + words
    }

    /// Gives a file to the server's user.
    func give(_ path: String) {
        if let serverUser { _ = unsafe chown(path, serverUser.uid, serverUser.gid) }
    }

    private func checkReach() throws(ClusterFailure) {
        let code = ChildProcess.run(asServer(["test", "-x", path]), output: "/dev/null")
        guard code == 0 else {
            throw .folder(
                "--data-dir: the user postgres can't enter \(path); choose a folder that it can")
        }
    }

    /// The folder of the socket must be ours alone: whoever could swap it could pose as Postgres.
    private func makeSocketFolder() throws(ClusterFailure) {
        if unsafe mkdir(socketFolder, 0o700) == 0 { give(socketFolder) }
        var status = stat()
        let owner = serverUser?.uid ?? geteuid()
        guard unsafe lstat(socketFolder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
            status.st_uid == owner, status.st_mode & 0o077 == 0
        else {
            throw .folder("\(socketFolder) is not a folder of Postgres' user alone")
        }
    }

    /// Makes a folder and those above it.
    private static func makeFolders(_ path: String) -> Bool {
        if unsafe mkdir(path, 0o755) == 0 || errno == EEXIST { return true }
        guard errno == ENOENT else { return false }
        let above = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let parent = above.joined(separator: "/")
        return unsafe !parent.isEmpty && makeFolders(parent) && mkdir(path, 0o755) == 0
    }

    private static var error: String {
        guard let text = unsafe strerror(errno) else { return "unknown error" }
        return unsafe String(cString: text)
    }

    /// FNV-1a, for a short name that is the same each time.
    private static func hash(_ text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

/// A lock on a file, released when it goes or the process ends.
struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Opens the file and waits for the lock.
    init(_ path: String, exclusive: Bool) throws(ClusterFailure) {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .folder("--data-dir: \(path) can't be opened") }
        while flock(descriptor, exclusive ? LOCK_EX : LOCK_SH) != 0, errno == EINTR {}
    }

    /// Whether nobody else holds it; it is exclusive from then on.
    func isLast() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }

    deinit {
        _ = Glibc.close(descriptor)
    }
}
