// The data folder of a private cluster, and everything in it by name.

import Glibc

/// Paths of one data folder, without links.
struct ClusterFolder: Equatable {
    /// The folder itself.
    let path: String
    /// The server's data.
    var data: String { path + "/postgres" }
    /// Where a new cluster is made; renamed when it is complete.
    var unfinished: String { path + "/postgres.new" }
    /// Shared by every hub on the folder.
    var hubsLock: String { path + "/lock" }
    /// Held while the server is started or stopped.
    var startLock: String { path + "/start.lock" }
    /// The server's output.
    var log: String { path + "/postgres.log" }
    /// Where its socket is.
    let socket: String

    /// How long a path may be so that a socket's name fits behind it (`sun_path` has 108 bytes).
    static let socketPathBytesMax = 80

    /// Makes the folder unless it is there.
    init(_ path: String, owner: UserAccount) throws(ClusterFailure) {
        try Folder.make(path, mode: owner.isOther ? 0o711 : 0o700)
        self.path = try Folder.realPath(path)
        socket = ClusterFolder.socketFolder(self.path)
    }

    /// In the data folder if its path is short enough, else in `/tmp` under a hash of the path.
    static func socketFolder(_ path: String) -> String {
        let inside = path + "/socket"
        guard inside.utf8.count > socketPathBytesMax else { return inside }
        return "/tmp/hub-" + Migration(version: 0, sql: path).checksum
    }

    /// The version that made the data; nil when there is none yet.
    var dataVersion: String? {
        guard let text = Folder.text(data + "/PG_VERSION") else { return nil }
        return text.split(separator: "\n").first.map(String.init)
    }

    /// The last lines of the server's output: why it did not start.
    var lastWords: String {
        let lines = (Folder.text(log, bytesMax: 4_096) ?? "").split(separator: "\n")
        let telling = lines.filter { $0.contains("FATAL") || $0.contains("error") }
        return String((telling.last ?? lines.last) ?? "it said nothing")
    }

    /// Begins a new file for the output when the old one has grown.
    func rotateLog() {
        var status = stat()
        guard unsafe stat(log, &status) == 0, status.st_size > ClusterFolder.logBytesMax else {
            return
        }
        _ = unsafe rename(log, log + ".1")
    }

    private static let logBytesMax = 10 << 20
}
